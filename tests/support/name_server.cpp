#include "support/name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rfi::test {
namespace {

// RFC 1035, section 4.1.
constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kTypeAndClassBytes = 4;
constexpr char kNoError = 0;
constexpr char kServerFailure = 2;
constexpr char kNameError = 3;
constexpr unsigned char kTypeA = 1;
constexpr unsigned char kTypeAaaa = 28;

/// The question as it stands in the packet: name, type and class; empty if it is none.
std::string_view question_in(std::string_view packet) {
  std::size_t at = kHeaderBytes;
  while (at < packet.size() && packet[at] != '\0') {
    at += std::size_t{1} + static_cast<unsigned char>(packet[at]);
  }
  const std::size_t end = at + 1 + kTypeAndClassBytes;
  return end <= packet.size() ? packet.substr(kHeaderBytes, end - kHeaderBytes)
                              : std::string_view{};
}

/// One record for `address` if it is of the type asked for, with a life of 0 seconds.
std::string record(const std::string& address, unsigned char type) {
  std::array<char, sizeof(in6_addr)> bytes{};
  const int family = type == kTypeA ? AF_INET : AF_INET6;
  if (::inet_pton(family, address.c_str(), bytes.data()) != 1) {
    return {};
  }
  const std::size_t size = type == kTypeA ? sizeof(in_addr) : sizeof(in6_addr);
  std::string text{"\xc0\x0c\x00", 3};  // the name of the question
  text += static_cast<char>(type);
  text.append("\x00\x01\x00\x00\x00\x00\x00", 7);  // Internet, no life
  text += static_cast<char>(size);
  return text.append(bytes.data(), size);
}

char code_of(NameServer::Manner manner) {
  switch (manner) {
    case NameServer::Manner::no_such_name:
      return kNameError;
    case NameServer::Manner::fails:
      return kServerFailure;
    case NameServer::Manner::answers:
    case NameServer::Manner::silent:
      break;
  }
  return kNoError;
}

}  // namespace

NameServer::NameServer(const std::string& address, Manner manner) : manner_(manner) {
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(53);
  (void)::inet_pton(AF_INET, address.c_str(), &local.sin_addr);
  const auto* generic = reinterpret_cast<const sockaddr*>(&local);  // NOLINT: as sockets want it
  if (socket_ < 0 || ::bind(socket_, generic, sizeof local) != 0) {
    ::close(socket_);
    throw std::runtime_error("name server: cannot listen at port 53 of " + address);
  }
  thread_ = std::thread{[this] { serve(); }};
}

NameServer::~NameServer() {
  stopping_ = true;
  thread_.join();
  ::close(socket_);
}

void NameServer::answer(std::vector<std::string> addresses) {
  const std::scoped_lock lock{mutex_};
  addresses_ = std::move(addresses);
}

void NameServer::serve() {
  while (!stopping_) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, 5) <= 0) {
      continue;
    }
    std::array<char, 1500> packet{};
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto* generic = reinterpret_cast<sockaddr*>(&from);  // NOLINT: as sockets want it
    const auto read = ::recvfrom(socket_, packet.data(), packet.size(), 0, generic, &size);
    if (read < static_cast<ssize_t>(kHeaderBytes)) {
      continue;
    }
    ++questions_;
    const std::string answer = answer_to({packet.data(), static_cast<std::size_t>(read)});
    if (!answer.empty()) {
      (void)::sendto(socket_, answer.data(), answer.size(), 0, generic, size);
    }
  }
}

std::string NameServer::answer_to(const std::string& packet) {
  const std::string_view question = question_in(packet);
  const Manner manner = manner_;
  if (manner == Manner::silent || question.empty()) {
    return {};
  }
  std::string records;
  char count = 0;
  if (manner == Manner::answers) {
    const std::scoped_lock lock{mutex_};
    const auto type = static_cast<unsigned char>(question[question.size() - 3]);
    for (const std::string& address : addresses_) {
      const std::string found =
          type == kTypeA || type == kTypeAaaa ? record(address, type) : std::string{};
      count = static_cast<char>(count + (found.empty() ? 0 : 1));
      records += found;
    }
  }
  std::string answer = packet.substr(0, 2);
  answer += '\x81';  // an answer; recursion was desired
  answer += static_cast<char>('\x80' | code_of(manner));
  answer.append("\x00\x01\x00", 3);
  answer += count;
  answer.append(4, '\0');
  return answer.append(question).append(records);
}

}  // namespace rfi::test
