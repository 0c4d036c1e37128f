// The sandbox on its sockets.
#pragma once

#include "sandbox/sandbox.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rfi::sandbox {

enum class ClientCertificates { unasked, required };

struct ServerOptions {
  std::vector<std::string> addresses = {"127.0.0.1"};  // loopback only
  std::uint16_t port = 0;                              // 0 = any, the same at every address
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path ca_file;  // vouches for clients
  ClientCertificates client_certificates = ClientCertificates::unasked;
  std::chrono::seconds lifetime{600};
};

/// Serves until SIGTERM, SIGINT or the end of the lifetime. `ready` is told the port once it can be
/// connected to. Errors: throws boost::system::system_error when it cannot listen,
/// std::invalid_argument for a foreign address.
void serve(const ServerOptions& options,
           Sandbox& sandbox,
           const std::function<void(std::uint16_t)>& ready);

}  // namespace rfi::sandbox
