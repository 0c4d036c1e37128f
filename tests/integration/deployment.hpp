// A daemon as its users have it: configuration, secret, queue and the sandbox of the API, in a
// directory of its own.
#pragma once

#include "sandbox/sandbox_process.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {

/// What stands in the configuration besides the paths. Each text goes below its table's header.
struct DeploymentOptions {
  std::vector<std::string> sandbox_arguments = {"--open-customers"};
  std::string api = "request_timeout = \"1s\"\n";
  std::string submission;
  std::string retry = "initial_delay = \"1h\"\nmax_delay = \"1h\"\n";
  std::string more;      ///< whole tables: [allowlist], ...
  std::string base_url;  ///< empty: the sandbox's
  std::string ca_file;   ///< empty: the sandbox's
  std::string client_secret{kSandboxClientSecret};
};

/// Errors: throws std::runtime_error when a command that must work does not.
class Deployment {
 public:
  explicit Deployment(const DeploymentOptions& options = {});

  [[nodiscard]] SandboxProcess& sandbox() { return sandbox_; }
  [[nodiscard]] std::filesystem::path queue() const { return directory_ / "queue.db"; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }

  /// Writes the configuration anew with other options; a running daemon reads it at SIGHUP.
  void configure(const DeploymentOptions& options);

  /// How to run `rfi-submitd ARGUMENTS` with this configuration.
  [[nodiscard]] ChildOptions command(std::vector<std::string> arguments) const;
  [[nodiscard]] FinishedChild run(std::vector<std::string> arguments,
                                  const std::string& standard_input = {}) const;

  /// Queues one RFI by `enqueue -`; `requested` and `documents` are JSON texts.
  void enqueue(const std::string& reference,
               const std::string& customer,
               const std::string& requested,
               const std::string& documents) const;

  /// Starts the service; the destructor of the child ends it.
  [[nodiscard]] std::unique_ptr<ChildProcess> start(std::vector<std::string> arguments = {
                                                        "run"}) const;

  /// `show REFERENCE --json`.
  [[nodiscard]] boost::json::object show(const std::string& reference) const;
  /// The outcomes of its attempts in order, `open` for one without.
  [[nodiscard]] std::vector<std::string> outcomes(const std::string& reference) const;
  [[nodiscard]] std::string state(const std::string& reference) const;

 private:
  TemporaryDirectory directory_;
  SandboxProcess sandbox_;
};

/// The finished lines of a JSON log, parsed. Throws when one is no JSON object, or has what is not
/// documented.
[[nodiscard]] std::vector<boost::json::object> log_lines(const std::string& output);

/// A UUID made of a number, for tests that need many customers.
[[nodiscard]] std::string customer_id(unsigned number);

}  // namespace rfi::test
