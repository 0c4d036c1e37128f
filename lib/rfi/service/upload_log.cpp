#include "rfi/service/upload_log.hpp"

#include "rfi/platform/events.hpp"

#include <optional>

namespace rfi::service {

namespace event = platform::event;
using platform::Field;
using platform::Group;
using platform::Level;

namespace {

std::optional<std::string_view> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>{text};
}

Group durations(const api::Timings& timings) {
  return {
      Field{"connect", timings.connect}, Field{"send", timings.send}, Field{"wait", timings.wait}};
}

}  // namespace

void log_uploaded(const platform::Log& log, const UploadLine& line) {
  log.write(Level::info,
            event::kUploadDone,
            {Field{"reference", line.reference},
             Field{"customer_id", line.customer_id},
             Field{"attempt", line.attempt},
             Field{"file", line.place},
             Field{"bytes", line.size},
             Field{"sha256", line.sha256},
             Field{"duration_ms", durations(line.timings)}});
}

void log_upload_failed(const platform::Log& log,
                       platform::Level level,
                       const EndedAttempt& ended,
                       std::string_view place) {
  const queue::Claim& claim = ended.row.claim;
  log.write(level,
            event::kUploadFailed,
            {Field{"reference", claim.reference},
             Field{"customer_id", claim.customer_id},
             Field{"attempt", claim.attempt.number},
             Field{"file", place},
             Field{"outcome", policy::to_string(ended.closing.outcome)},
             Field{"http_status", ended.closing.http_status},
             Field{"error", unless_empty(ended.closing.error)},
             Field{"detail", unless_empty(ended.closing.detail)},
             Field{"duration_ms", durations(ended.timings)}});
}

void log_violation(const platform::Log& log, const queue::Claim& claim) {
  log.write(Level::critical,
            event::kAllowlistViolation,
            {Field{"reference", claim.reference},
             Field{"customer_id", claim.customer_id},
             Field{"detail", "found in the body once its files were uploaded"}});
}

void log_not_deleted(const platform::Log& log,
                     std::string_view reference,
                     const upload::FileFault& fault) {
  log.write(
      Level::warning,
      event::kUploadFailed,
      {Field{"reference", reference},
       Field{"detail",
             "a file that was sent could not be deleted (upload.delete_after): " + fault.reason}});
}

}  // namespace rfi::service
