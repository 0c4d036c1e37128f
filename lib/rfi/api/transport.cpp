#include "rfi/api/transport.hpp"

#include "rfi/api/dial.hpp"
#include "rfi/api/network_error.hpp"
#include "rfi/platform/secret.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace rfi::api {

namespace asio = boost::asio;
using policy::BytesLeft;
using policy::Phase;
using policy::TransportFailure;

namespace {

std::chrono::milliseconds since(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

HttpResult failed_before_sending(Phase phase, std::string error, std::string detail) {
  return TransportFailure{phase, BytesLeft::no, std::move(error), std::move(detail)};
}

}  // namespace

Transport::Transport(asio::any_io_executor executor,
                     TransportSettings settings,
                     std::shared_ptr<TlsContext> tls,
                     platform::Random& random)
    : executor_(executor),
      settings_(std::move(settings)),
      tls_(std::move(tls)),
      random_(random),
      resolver_(std::make_shared<Resolver>(
          std::move(executor), settings_.endpoint.host, settings_.endpoint.port)) {}

void Transport::reconfigure(TransportSettings settings, std::shared_ptr<TlsContext> tls) {
  settings_ = std::move(settings);
  tls_ = std::move(tls);
  resolver_ =
      std::make_shared<Resolver>(executor_, settings_.endpoint.host, settings_.endpoint.port);
  idle_.clear();
  ++settings_number_;
}

void Transport::stop() {
  abort_.request();
  idle_.clear();
}

SteadyTime Transport::end_of_age(SteadyTime now) {
  const double share = 1.0 - 0.25 * random_.unit();
  return now + std::chrono::duration_cast<std::chrono::milliseconds>(settings_.maximum_age * share);
}

Transport::Loan Transport::take_idle(SteadyTime now) {
  std::erase_if(idle_, [&](const Idle& idle) {
    return now >= idle.expires || now - idle.idle_since >= settings_.idle_limit;
  });
  while (!idle_.empty()) {
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    if (idle.connection->reusable()) {
      return {std::move(idle.connection), idle.expires, settings_number_};
    }
  }
  return {nullptr, end_of_age(now), settings_number_};
}

void Transport::put_back(Loan loan) {
  const bool outdated = loan.settings_number != settings_number_;
  if (!abort_.requested() && !outdated && loan.connection->left_open()) {
    idle_.push_back({std::move(loan.connection), loan.expires, std::chrono::steady_clock::now()});
  }
}

asio::awaitable<std::unique_ptr<Connection>> Transport::connect(HttpResult& failure) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + settings_.connect_timeout;
  const std::shared_ptr<Resolver> resolver = resolver_;
  const std::shared_ptr<TlsContext> tls = tls_;
  const std::string host = settings_.endpoint.host;
  auto resolved = co_await resolver->resolve(deadline, abort_);
  if (abort_.requested()) {
    failure = policy::Stopped{};
    co_return nullptr;
  }
  if (const auto* problem = std::get_if<ResolveFailure>(&resolved)) {
    failure = failed_before_sending(
        Phase::resolve, problem->timed_out ? "timeout" : "dns", problem->detail);
    co_return nullptr;
  }
  Addresses addresses = std::get<Addresses>(std::move(resolved));
  DialResult dialled = co_await dial(executor_, std::move(addresses), deadline, abort_);
  if (abort_.requested()) {
    failure = policy::Stopped{};
    co_return nullptr;
  }
  if (const auto* error = std::get_if<boost::system::error_code>(&dialled)) {
    failure = failed_before_sending(
        Phase::connect, error_class(*error), "no connection to the API: " + error->message());
    co_return nullptr;
  }
  auto connection = make_connection(std::get<asio::ip::tcp::socket>(std::move(dialled)), tls, host);
  auto problem = co_await connection->handshake(deadline, abort_);
  if (abort_.requested()) {
    failure = policy::Stopped{};
    co_return nullptr;
  }
  if (problem) {
    failure = std::move(*problem);
    co_return nullptr;
  }
  co_return connection;
}

asio::awaitable<TransportReport> Transport::send(std::string request) {
  TransportReport report;
  const SteadyTime began = std::chrono::steady_clock::now();
  if (abort_.requested()) {
    report.result = policy::Stopped{};
    co_return report;
  }
  Loan loan = take_idle(began);
  if (!loan.connection) {
    loan.connection = co_await connect(report.result);
  }
  const SteadyTime connected = std::chrono::steady_clock::now();
  report.timings.connect = since(began, connected);
  if (!loan.connection) {
    platform::wipe(request);
    co_return report;
  }
  const SteadyTime deadline = connected + settings_.request_timeout;
  HttpExchange exchange = co_await loan.connection->exchange(request, deadline, abort_);
  platform::wipe(request);  // it holds a token, or the secret itself
  report.result = std::move(exchange.result);
  report.timings.send = since(connected, exchange.sent_at);
  report.timings.wait = since(exchange.sent_at, std::chrono::steady_clock::now());
  put_back(std::move(loan));
  co_return report;
}

}  // namespace rfi::api
