// The program with a configuration and a queue of its own, for tests of the command line.
#pragma once

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/value.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rfi::test {

inline constexpr const char* kCustomer = "00000000-0000-4000-8000-00000000000";

/// A document that the allowlist would send, with a member that it would not. Its number is a value
/// that no command but preview may print. `more` are members, each with a comma before it.
[[nodiscard]] std::string document(const std::string& reference,
                                   int customer = 1,
                                   const std::string& more = "");

/// Without a queue: see QueueCommands.
class Commands : public ::testing::Test {
 protected:
  Commands();

  /// Writes the configuration anew; `submission` are the lines of that table.
  void configure(const std::string& submission) const;

  [[nodiscard]] std::filesystem::path queue() const { return directory_ / "queue.db"; }
  /// Writes a file and gives its path.
  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const;

  /// Runs the program, expects exit code `code`, and gives back what it printed.
  std::string must(int code, std::vector<std::string> arguments, const std::string& input = "");
  /// The same with --json.
  boost::json::value must_json(int code, std::vector<std::string> arguments);
  /// `status --json`: how many rows are in `state`.
  std::int64_t count(const char* state);

  /// Changes the queue as the daemon would: without its triggers.
  void sql(const std::string& statements) const;
  /// First column of the first row.
  [[nodiscard]] std::string stored(const std::string& statement) const;

  TemporaryDirectory directory_;
  std::string error_;  // what the last command said on standard error
};

/// With a queue.
class QueueCommands : public Commands {
 protected:
  QueueCommands();
};

}  // namespace rfi::test
