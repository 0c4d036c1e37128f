#include "rfi/api/dial.hpp"

#include "rfi/platform/wakeup.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace rfi::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TimePoint = std::chrono::steady_clock::time_point;

namespace {

constexpr std::chrono::milliseconds kHeadStart{250};  // RFC 8305, section 8

/// One race; shared by its runners' handlers, which may outlive the coroutine that started it.
struct Race : std::enable_shared_from_this<Race> {
  Race(const asio::any_io_executor& executor, Addresses course)
      : addresses(std::move(course)), changed(executor), executor_(executor) {}

  void start_next() {
    runners.push_back(std::make_shared<tcp::socket>(executor_));
    ++running;
    start_now = false;
    const auto& socket = runners.back();
    socket->async_connect(addresses[started++],
                          [race = shared_from_this(), socket](const error_code& error) {
                            race->finish(socket, error);
                          });
  }

  void finish(const std::shared_ptr<tcp::socket>& socket, const error_code& error) {
    --running;
    if (error) {
      last_error = error;
      start_now = true;
    } else if (!winner && !over) {
      winner = socket;
    }
    changed.notify_all();
  }

  /// Closes everybody but the winner; their handlers come back with an error and change nothing.
  void end() {
    over = true;
    for (const auto& socket : runners) {
      if (socket != winner) {
        error_code ignored;
        socket->close(ignored);
      }
    }
  }

  Addresses addresses;
  std::size_t started = 0;
  std::size_t running = 0;
  bool start_now = true;  ///< one has just failed: the next one need not wait
  bool over = false;
  std::vector<std::shared_ptr<tcp::socket>> runners;
  std::shared_ptr<tcp::socket> winner;
  error_code last_error = asio::error::host_not_found;
  platform::Wakeup changed;

 private:
  asio::any_io_executor executor_;
};

}  // namespace

Addresses alternate_families(const Addresses& addresses) {
  Addresses first;
  Addresses second;
  for (const auto& address : addresses) {
    const bool like_first = address.protocol() == addresses.front().protocol();
    (like_first ? first : second).push_back(address);
  }
  Addresses order;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) {
      order.push_back(first[i]);
    }
    if (i < second.size()) {
      order.push_back(second[i]);
    }
  }
  return order;
}

asio::awaitable<DialResult> dial(asio::any_io_executor executor,
                                 Addresses addresses,
                                 TimePoint deadline,
                                 AbortSource& abort) {
  const auto race = std::make_shared<Race>(executor, alternate_families(addresses));
  const AbortSource::Registration registration{abort, [&race] { race->changed.notify_all(); }};
  TimePoint next_start = TimePoint::min();
  while (!race->winner && !abort.requested()) {
    const TimePoint now = std::chrono::steady_clock::now();
    const bool all_started = race->started == race->addresses.size();
    if (now >= deadline) {
      race->last_error = asio::error::timed_out;
      break;
    }
    if (all_started && race->running == 0) {
      break;
    }
    if (!all_started && (race->start_now || now >= next_start)) {
      race->start_next();
      next_start = now + kHeadStart;
      continue;
    }
    const TimePoint wake = all_started ? deadline : std::min(deadline, next_start);
    co_await race->changed.wait_until(wake);
  }
  race->end();
  if (abort.requested()) {
    co_return DialResult{error_code{asio::error::operation_aborted}};
  }
  if (!race->winner) {
    co_return DialResult{race->last_error};
  }
  error_code ignored;
  race->winner->set_option(tcp::no_delay{true}, ignored);
  co_return DialResult{std::move(*race->winner)};
}

}  // namespace rfi::api
