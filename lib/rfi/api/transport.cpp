#include "rfi/api/transport.hpp"

#include "rfi/platform/secret.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <variant>

namespace rfi::api {

namespace asio = boost::asio;
namespace {

/// A streamed body has time for its size at this speed, on top of request_timeout.
constexpr std::uint64_t kSlowestBytesPerSecond = std::uint64_t{32} * 1024;

std::chrono::milliseconds since(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

}  // namespace

Transport::Transport(asio::any_io_executor executor,
                     TransportSettings settings,
                     std::shared_ptr<TlsContext> tls,
                     platform::Random& random)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      random_(random),
      connector_(std::make_shared<Connector>(
          executor_, settings_.endpoint, settings_.proxy, std::move(tls))) {}

void Transport::reconfigure(TransportSettings settings, std::shared_ptr<TlsContext> tls) {
  settings_ = std::move(settings);
  connector_ =
      std::make_shared<Connector>(executor_, settings_.endpoint, settings_.proxy, std::move(tls));
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
  const std::shared_ptr<Connector> connector = connector_;
  Connector::Result made = co_await connector->connect(deadline, abort_);
  if (auto* failed = std::get_if<policy::TransportFailure>(&made)) {
    failure = std::move(*failed);
    co_return nullptr;
  }
  if (const auto* stopped = std::get_if<policy::Stopped>(&made)) {
    failure = *stopped;
    co_return nullptr;
  }
  co_return std::get<std::unique_ptr<Connection>>(std::move(made));
}

asio::awaitable<TransportReport> Transport::send(std::string request) {
  return send(std::move(request), nullptr, {});
}

asio::awaitable<TransportReport> Transport::send(std::string request,
                                                 ByteSource* source,
                                                 std::string_view tail) {
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
  SteadyTime deadline = connected + settings_.request_timeout;
  StreamedBody body;
  body.source = source;
  body.tail = tail;
  body.piece_timeout = settings_.request_timeout;
  const StreamedBody* streamed = source == nullptr ? nullptr : &body;
  if (source != nullptr) {
    deadline += std::chrono::seconds{source->size() / kSlowestBytesPerSecond};
  }
  HttpExchange exchange = co_await loan.connection->exchange(request, streamed, deadline, abort_);
  platform::wipe(request);  // it holds a token, or the secret itself
  report.result = std::move(exchange.result);
  report.timings.send = since(connected, exchange.sent_at);
  report.timings.wait = since(exchange.sent_at, std::chrono::steady_clock::now());
  put_back(std::move(loan));
  co_return report;
}

}  // namespace rfi::api
