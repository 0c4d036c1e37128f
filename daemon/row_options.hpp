// The options by which a command line names rows: the same in `list`, `retry` and `cancel`.
#pragma once

#include "rfi/queue/row_filter.hpp"

#include <CLI/App.hpp>

#include <optional>
#include <string>

namespace rfi::daemon {

/// Adds its options to a command and keeps what was typed. The command must not outlive it.
class RowOptions {
 public:
  /// Each option `needs` this one, if there is one.
  void add_to(CLI::App& command, CLI::Option* needs = nullptr);

  /// What they mean at this time. Its state is left to the command.
  [[nodiscard]] queue::RowFilter filter(policy::UtcTime now) const;

 private:
  std::string failure_;
  std::string customer_;
  std::string older_than_;
  std::string younger_than_;
  std::string deadline_before_;
};

}  // namespace rfi::daemon
