#include "input/input_source.hpp"

#include "exit_code.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <system_error>

namespace rfi::daemon {
namespace {

[[noreturn]] void fail(const std::string& name, int error) {
  throw CommandFailure(
      ExitCode::io_error,
      fmt::format("cannot read {}: {}", name, std::generic_category().message(error)));
}

}  // namespace

InputSource::InputSource(const std::string& name)
    : name_(name == "-" ? "standard input" : name), standard_input_(name == "-") {
  if (standard_input_) {
    return;
  }
  // A directory opens like a file and then reads as an empty one.
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) {
    fail(name_, EISDIR);
  }
  errno = 0;
  file_.open(name, std::ios::binary);
  if (!file_) {
    fail(name_, errno != 0 ? errno : EIO);
  }
}

std::istream& InputSource::stream() {
  return standard_input_ ? std::cin : static_cast<std::istream&>(file_);
}

std::string read_whole(const std::string& name) {
  InputSource source(name);
  std::string text;
  std::array<char, 65536> buffer{};
  auto& stream = source.stream();
  while (stream.good()) {
    errno = 0;
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (stream.bad()) {
      fail(source.name(), errno != 0 ? errno : EIO);
    }
    text.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxDocumentBytes) {
      throw CommandFailure(
          ExitCode::bad_input,
          fmt::format("{}: longer than {} MiB", source.name(), kMaxDocumentBytes >> 20U));
    }
  }
  return text;
}

}  // namespace rfi::daemon
