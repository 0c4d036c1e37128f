// A transport with short timeouts and, on the other side, a server that follows a script.
#pragma once

#include "support/certificates.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_directory.hpp"
#include "unit/api/run_coroutine.hpp"

#include "rfi/api/transport.hpp"
#include "rfi/platform/random.hpp"

#include <boost/asio/steady_timer.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::test {

inline constexpr std::chrono::milliseconds kTimeout{250};

/// What the machine's load may add to a timeout.
inline constexpr std::chrono::milliseconds kPatience{2000};

/// One authority and one certificate for all tests of the process: making keys takes time.
struct TestAuthority {
  TemporaryDirectory directory;
  CertificateAuthority authority{directory.path()};
  CertificateFiles server = authority.issue_server("server");

  static const TestAuthority& get() {
    static const TestAuthority one;
    return one;
  }
};

class TransportTest : public testing::Test {
 protected:
  using Script = ScriptedServer::Script;

  boost::asio::io_context io{1};
  platform::SeededRandom random{1};
  std::optional<ScriptedServer> server;
  api::TransportSettings settings;
  std::shared_ptr<api::TlsContext> tls;
  std::optional<api::Transport> transport;

  TransportTest() {
    settings.endpoint.host = "127.0.0.1";
    settings.connect_timeout = kTimeout;
    settings.request_timeout = kTimeout;
    api::TlsSettings trusted;
    trusted.ca_file = TestAuthority::get().authority.ca_file();
    tls = make_tls(trusted);
  }

  static std::shared_ptr<api::TlsContext> make_tls(const api::TlsSettings& with) {
    auto made = api::TlsContext::create(with);
    if (const auto* problem = std::get_if<api::TlsProblem>(&made)) {
      throw std::runtime_error(problem->message);
    }
    return std::get<std::shared_ptr<api::TlsContext>>(std::move(made));
  }

  void serve(std::vector<Script> scripts) {
    serve_with({.certificate = TestAuthority::get().server}, std::move(scripts));
  }
  void serve_with(const ScriptedServer::Options& options, std::vector<Script> scripts) {
    transport.reset();
    server.emplace(options, std::move(scripts));
    settings.endpoint.port = std::to_string(server->port());
    connect_anew();
  }
  void connect_anew() { transport.emplace(io.get_executor(), settings, tls, random); }

  static std::string request(const std::string& body = "{}") {
    return "PATCH /v1/customers/x HTTP/1.1\r\nHost: x\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  api::TransportReport send(const std::string& body = "{}") {
    return run_coroutine(io, transport->send(request(body)));
  }

  /// The status of the answer, or the class of the failure.
  std::string send_for_word(const std::string& body = "{}") { return word_of(send(body).result); }

  static std::string word_of(const api::HttpResult& result) {
    if (const auto* answer = std::get_if<api::HttpAnswer>(&result)) {
      return std::to_string(answer->status);
    }
    if (const auto* failure = std::get_if<policy::TransportFailure>(&result)) {
      return failure->error;
    }
    return "stopped";
  }

  void after(std::chrono::milliseconds time, std::function<void()> action) {
    auto timer = std::make_shared<boost::asio::steady_timer>(io, time);
    timer->async_wait([timer, action = std::move(action)](const auto& /*error*/) { action(); });
  }

  void pause(std::chrono::milliseconds time) {
    boost::asio::steady_timer timer{io, time};
    timer.async_wait([](const auto& /*error*/) {});
    io.restart();
    io.run_for(time);
  }
};

}  // namespace rfi::test
