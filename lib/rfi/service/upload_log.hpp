// What is said about files: their places in the documents, never their names.
#pragma once

#include "rfi/api/api_port.hpp"
#include "rfi/platform/log.hpp"
#include "rfi/service/ended_attempt.hpp"
#include "rfi/upload/directory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rfi::service {

/// What is wrong with the file at one place of the documents.
struct PlacedFault {
  std::string place;  ///< such as `proof_of_identity.files[0]`
  upload::FileFault fault;
};

/// A file that went up, as it is said once it is on record.
struct UploadLine {
  std::string reference;
  std::string customer_id;
  std::int64_t attempt = 0;
  std::string place;
  std::string sha256;
  std::uint64_t size = 0;
  api::Timings timings;
};

void log_uploaded(const platform::Log& log, const UploadLine& line);

/// The file at `place` did not go up, and `ended` is what becomes of its attempt.
void log_upload_failed(const platform::Log& log,
                       platform::Level level,
                       const EndedAttempt& ended,
                       std::string_view place);

/// The complete body of `claim` held what nobody asked for.
void log_violation(const platform::Log& log, const queue::Claim& claim);

/// A file that was to be deleted is still there.
void log_not_deleted(const platform::Log& log,
                     std::string_view reference,
                     const upload::FileFault& fault);

}  // namespace rfi::service
