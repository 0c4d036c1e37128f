#include "input/input_source.hpp"

#include "exit_code.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace rfi::daemon {
namespace {

[[noreturn]] void fail(const std::string& name, int error) {
  throw CommandFailure(
      ExitCode::io_error,
      fmt::format("cannot read {}: {}", name, std::generic_category().message(error)));
}

int open_input(const std::string& name) {
  if (name == "-") {
    return STDIN_FILENO;
  }
  // A directory opens like a file and fails at the first read only.
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) {
    fail(name, EISDIR);
  }
  const int descriptor = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    fail(name, errno);
  }
  return descriptor;
}

}  // namespace

InputSource::InputSource(const std::string& name, const Interrupt* interrupt)
    : name_(name == "-" ? "standard input" : name),
      descriptor_(open_input(name)),
      bytes_(descriptor_, interrupt),
      stream_(&bytes_) {}

InputSource::~InputSource() {
  if (descriptor_ != STDIN_FILENO) {
    close(descriptor_);
  }
}

// An exception here becomes the stream's badbit, which is how a stream says that it cannot be read.
std::size_t InputSource::Bytes::read(char* target, std::size_t room) const {
  for (;;) {
    if (interrupt_ != nullptr && !interrupt_->wait_for_input(descriptor_)) {
      return 0;
    }
    const auto got = ::read(descriptor_, target, room);
    if (got >= 0) {
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot read");
    }
  }
}

InputSource::Bytes::int_type InputSource::Bytes::underflow() {
  const std::size_t got = read(buffer_.data(), buffer_.size());
  setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
  return got > 0 ? traits_type::to_int_type(buffer_[0]) : traits_type::eof();
}

// Straight into the caller's buffer, which is larger than ours.
std::streamsize InputSource::Bytes::xsgetn(char* target, std::streamsize wanted) {
  std::streamsize filled = std::min<std::streamsize>(wanted, egptr() - gptr());
  std::copy_n(gptr(), filled, target);
  gbump(static_cast<int>(filled));
  while (filled < wanted) {
    const std::size_t got = read(target + filled, static_cast<std::size_t>(wanted - filled));
    if (got == 0) {
      break;
    }
    filled += static_cast<std::streamsize>(got);
  }
  return filled;
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
