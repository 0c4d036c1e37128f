#include "rfi/platform/secret_process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace rfi::platform {

void forbid_core_dumps() {
  // Both, because a core pattern that is a program ignores the limit. Neither can fail: less is
  // always allowed.
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
  // LeakSanitizer looks for leaks by tracing the process.
  (void)::prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}

}  // namespace rfi::platform
