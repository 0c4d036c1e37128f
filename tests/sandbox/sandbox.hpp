// The sandbox without its sockets: its state, and what it says to a request.
#pragma once

#include "sandbox/customers.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/message.hpp"
#include "sandbox/request_log.hpp"
#include "sandbox/tokens.hpp"
#include "sandbox/upload.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>

namespace rfi::sandbox {

struct SandboxOptions {
  TokenOptions tokens;
  UploadOptions uploads;
  UnknownCustomers unknown_customers = UnknownCustomers::refused;
  std::size_t keep = 100'000;  // requests remembered
  std::optional<std::filesystem::path> record;
};

/// Everything that requests can change. One thread.
struct Sandbox {
  explicit Sandbox(const SandboxOptions& options)
      : tokens(options.tokens),
        customers(options.unknown_customers),
        uploads(options.uploads),
        log(options.keep, options.record) {}

  Tokens tokens;
  Customers customers;
  Uploads uploads;
  Faults faults;
  RequestLog log;
  std::unordered_set<std::string> patching;   // customers with a PATCH in flight
  std::unordered_set<std::string> uploading;  // customers with an upload in flight
};

/// The API: token, refresh, customers, upload.
[[nodiscard]] Answer answer_api(Sandbox& sandbox, const Request& request, bool authorized);

/// The paths below /sandbox: for tests only, without a token.
[[nodiscard]] Answer answer_admin(Sandbox& sandbox, const Request& request);
[[nodiscard]] bool is_admin(const Request& request);

}  // namespace rfi::sandbox
