// The stable names of the log's events: monitoring is built on them, so they change only with a new
// major version.
#pragma once

#include <string_view>

namespace rfi::platform::event {

inline constexpr std::string_view kServiceStarted = "service.started";
inline constexpr std::string_view kServiceReady = "service.ready";
inline constexpr std::string_view kServiceReloaded = "service.reloaded";
inline constexpr std::string_view kServiceStopping = "service.stopping";
inline constexpr std::string_view kServiceStopped = "service.stopped";

/// The watchdog is not told of progress, because there is none; systemd restarts the service.
inline constexpr std::string_view kServiceStuck = "service.stuck";

inline constexpr std::string_view kQueueRecovered = "queue.recovered";
inline constexpr std::string_view kQueueMigrated = "queue.migrated";
inline constexpr std::string_view kQueueStats = "queue.stats";
inline constexpr std::string_view kQueueBlocked = "queue.blocked";

inline constexpr std::string_view kRfiSubmitted = "rfi.submitted";
inline constexpr std::string_view kRfiRetry = "rfi.retry";
inline constexpr std::string_view kRfiFailed = "rfi.failed";
inline constexpr std::string_view kRfiCancelled = "rfi.cancelled";
inline constexpr std::string_view kRfiUnknown = "rfi.unknown";
inline constexpr std::string_view kRfiConfirmed = "rfi.confirmed";
/// A newer RFI of the same customer was queued while an older one waits.
inline constexpr std::string_view kRfiSuperseded = "rfi.superseded";

inline constexpr std::string_view kUploadDone = "upload.done";
inline constexpr std::string_view kUploadFailed = "upload.failed";

inline constexpr std::string_view kTokenIssued = "token.issued";
inline constexpr std::string_view kTokenFailed = "token.failed";

inline constexpr std::string_view kDestinationUnfit = "destination.unfit";
inline constexpr std::string_view kDestinationFit = "destination.fit";

inline constexpr std::string_view kAllowlistViolation = "allowlist.violation";
inline constexpr std::string_view kDeadlineAtRisk = "deadline.at_risk";
inline constexpr std::string_view kConfigRejected = "config.rejected";

/// The machine's clock jumped; carries `shift_ms` and whether the new time was taken over.
inline constexpr std::string_view kClockSet = "clock.set";

/// Lines were lost because nobody read them; carries `lines`.
inline constexpr std::string_view kLogDropped = "log.dropped";

}  // namespace rfi::platform::event
