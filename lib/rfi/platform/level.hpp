// The two words of the log's configuration: how much, and in which form.
#pragma once

namespace rfi::platform {

/// Who must act: `warning` someone soon, `error` someone now, `critical` a promise of the daemon is
/// broken. `off` is a threshold only; no line carries it.
enum class Level { trace, debug, info, warning, error, critical, off };

enum class LogFormat { json, text };

}  // namespace rfi::platform
