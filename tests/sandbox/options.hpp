// The command line of rfi-sandbox.
#pragma once

#include "sandbox/sandbox.hpp"
#include "sandbox/server.hpp"
#include "support/certificates.hpp"

#include <filesystem>
#include <optional>
#include <variant>

namespace rfi::sandbox {

struct Options {
  std::filesystem::path directory;
  ServerOptions server;
  SandboxOptions sandbox;
  test::ServerCertificate certificate = test::ServerCertificate::valid;
  std::optional<std::filesystem::path> script;
  bool quiet = false;
};

/// The options, or the exit code after help or a mistake has been printed.
[[nodiscard]] std::variant<Options, int> read_options(int count, const char* const* arguments);

}  // namespace rfi::sandbox
