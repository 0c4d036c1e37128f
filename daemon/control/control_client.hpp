// How a command asks the daemon that runs on the same queue, if there is one.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <variant>

namespace rfi::daemon {

/// Nobody answered, and why, as the second half of a sentence: `no daemon runs`.
struct NobodyThere {
  std::string reason;
};

/// Sends one request (JSON without a line feed) and waits for its answer (JSON), at most `patience`
/// between two bytes. Blocks.
[[nodiscard]] std::variant<std::string, NobodyThere> ask_daemon(
    const std::filesystem::path& queue,
    const std::string& request,
    std::chrono::milliseconds patience = std::chrono::seconds{5});

}  // namespace rfi::daemon
