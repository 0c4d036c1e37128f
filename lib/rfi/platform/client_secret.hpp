// Where the client secret comes from: a file of its own, never the configuration.
#pragma once

#include "rfi/platform/config.hpp"
#include "rfi/platform/secret.hpp"

#include <string>
#include <variant>

namespace rfi::platform {

/// Why there is no secret: one sentence with the file's name and what to do, and nothing of its
/// content.
struct SecretProblem {
  std::string message;
};

/// Reads `auth.client_secret_file`, or else `$CREDENTIALS_DIRECTORY/client_secret`. One line feed
/// at its end is cut. Refused: a file that others may read, an empty one, one over 4 KiB, one with
/// NUL or a line break inside.
[[nodiscard]] std::variant<Secret, SecretProblem> load_client_secret(const AuthConfig& auth);

}  // namespace rfi::platform
