#include "support/connect_proxy.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

namespace rfi::test {
namespace {

/// The port in `CONNECT host:port HTTP/1.1`.
std::uint16_t port_in(const std::string& request) {
  const std::string target = request.substr(0, request.find(" HTTP/"));
  return static_cast<std::uint16_t>(
      std::strtoul(target.c_str() + target.rfind(':') + 1, nullptr, 10));
}

}  // namespace

ConnectProxy::ConnectProxy(std::uint16_t port)
    : server_(ScriptedServer::Options{.port = port}, {[this](Peer& peer) { serve(peer); }}) {}

std::string ConnectProxy::url() const {
  return "http://127.0.0.1:" + std::to_string(port());
}

void ConnectProxy::refuse(Refusal refusal) {
  const std::scoped_lock lock{mutex_};
  refusal_ = std::move(refusal);
}

void ConnectProxy::say_first(std::string bytes) {
  const std::scoped_lock lock{mutex_};
  first_ = std::move(bytes);
}

std::string ConnectProxy::seen() const {
  const std::scoped_lock lock{mutex_};
  return seen_;
}

void ConnectProxy::note(std::string_view bytes) {
  const std::scoped_lock lock{mutex_};
  seen_ += bytes;
}

void ConnectProxy::serve(Peer& peer) {
  const std::string request = peer.read_request();
  note(request);
  Refusal refusal;
  std::string first;
  {
    const std::scoped_lock lock{mutex_};
    refusal = refusal_;
    first = first_;
  }
  if (refusal) {
    refusal(peer, request);
  } else if (request.starts_with("CONNECT ")) {
    peer.write(first + "HTTP/1.1 200 Connection established\r\n\r\n");
    peer.relay(port_in(request), [this](std::string_view bytes) { note(bytes); });
  }
}

ConnectProxy::Refusal proxy_saying(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer, const std::string& /*request*/) {
    peer.write(bytes);
    peer.wait_for_end();
  };
}

}  // namespace rfi::test
