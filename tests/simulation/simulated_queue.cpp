#include "simulation/simulated_queue.hpp"

#include <algorithm>
#include <utility>

namespace rfi::simulation {

namespace asio = boost::asio;

namespace {

// As in queue_thread.cpp.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5000};

}  // namespace

SimulatedQueue::SimulatedQueue(asio::any_io_executor executor,
                               Book book,
                               const Scenario& scenario,
                               const platform::Clock& clock,
                               SteadyTime begin,
                               Witness& witness,
                               Chance chance)
    : book_(std::move(book)),
      scenario_(scenario),
      clock_(clock),
      begin_(begin),
      witness_(witness),
      chance_(chance),
      given_up_(std::move(executor)) {}

asio::awaitable<void> SimulatedQueue::pass(milliseconds time) {
  const SteadyTime end = clock_.steady_now() + time;
  while (clock_.steady_now() < end) {
    co_await given_up_.wait_until(end);
  }
}

asio::awaitable<void> SimulatedQueue::pause(milliseconds time) {
  if (!giving_up_) {
    co_await given_up_.wait_until(clock_.steady_now() + time);
  }
}

SimulatedQueue::Luck SimulatedQueue::draw_luck() {
  if (!faulty_) {
    return Luck::good;
  }
  const DiskFaults& disk = scenario_.disk;
  const auto since = clock_.steady_now() - begin_;
  for (const Outage& outage : disk.outages) {
    if (since >= outage.begin && since < outage.end) {
      return Luck::busy;
    }
  }
  if (chance_.with(disk.busy)) {
    return Luck::busy;
  }
  if (chance_.with(disk.io_error)) {
    return chance_.with(0.5) ? Luck::in_the_file : Luck::not_in_the_file;
  }
  return Luck::good;
}

asio::awaitable<std::vector<queue::Recovered>> SimulatedQueue::recover(queue::UtcTime now) {
  co_await pass(scenario_.disk.commit);
  std::vector<queue::Recovered> recovered = book_.recover(now);
  witness_.committed(0, true);
  co_await pass(milliseconds{1});
  co_return recovered;
}

asio::awaitable<queue::ExchangeResult> SimulatedQueue::exchange(queue::Exchange exchange) {
  witness_.exchange_begins();
  milliseconds next_pause = kFirstPause;
  for (;;) {
    const milliseconds takes = chance_.duration(milliseconds{1}, scenario_.disk.commit * 2);
    co_await pass(takes);
    const Luck luck = draw_luck();
    if (luck == Luck::good) {
      const bool was_in_doubt = book_.in_doubt();
      queue::ExchangeResult result = book_.exchange(exchange, Commit::known);
      witness_.committed(result.claims.size(), was_in_doubt);
      if (exchange.clock_shift != milliseconds{0}) {
        witness_.clock_was_recorded();
      }
      // The answer is on its way home: a crash here loses it.
      co_await pass(milliseconds{1});
      co_return result;
    }
    if (luck != Luck::busy) {
      const bool is_there = luck == Luck::in_the_file;
      queue::ExchangeResult lost =
          book_.exchange(exchange, is_there ? Commit::in_the_file : Commit::not_in_the_file);
      witness_.committed(lost.claims.size(), true);
    }
    if (giving_up_) {
      throw GivenUp();
    }
    co_await pause(next_pause);
    exchange.now = std::min(exchange.now, clock_.utc_now());
    if (giving_up_) {
      throw GivenUp();
    }
    next_pause = std::min(2 * next_pause, kLongestPause);
  }
}

void SimulatedQueue::changed() const {
  if (wake_) {
    wake_();
  }
}

void SimulatedQueue::give_up() {
  giving_up_ = true;
  given_up_.notify_all();
}

}  // namespace rfi::simulation
