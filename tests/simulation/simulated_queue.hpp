// QueuePort over the book: commits take time, fail for a while, or leave it open what they did, as
// behind queue::QueueThread.
#pragma once

#include "simulation/book.hpp"
#include "simulation/chance.hpp"
#include "simulation/scenario.hpp"
#include "simulation/witness.hpp"

#include "rfi/platform/wakeup.hpp"
#include "rfi/queue/queue_port.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <stdexcept>
#include <vector>

namespace rfi::simulation {

/// As queue::OutcomesUnrecorded: the stop did not wait for a queue that cannot be written.
class GivenUp : public std::runtime_error {
 public:
  GivenUp() : std::runtime_error("outcomes could not be recorded before the stop") {}
};

class SimulatedQueue final : public queue::QueuePort {
 public:
  SimulatedQueue(boost::asio::any_io_executor executor,
                 Book book,
                 const Scenario& scenario,
                 const platform::Clock& clock,
                 SteadyTime begin,
                 Witness& witness,
                 Chance chance);

  boost::asio::awaitable<std::vector<queue::Recovered>> recover(queue::UtcTime now) override;
  boost::asio::awaitable<queue::ExchangeResult> exchange(queue::Exchange exchange) override;
  void on_change(std::function<void()> wake) override { wake_ = std::move(wake); }

  /// Somebody else has committed.
  void changed() const;
  /// As queue::QueueThread's: what cannot get through fails from now on.
  void give_up();
  void reconfigure(queue::ClaimLimits limits) { book_.reconfigure(limits); }
  void end_faults() { faulty_ = false; }

 private:
  enum class Luck { good, busy, in_the_file, not_in_the_file };

  [[nodiscard]] Luck draw_luck();
  boost::asio::awaitable<void> pass(milliseconds time);
  boost::asio::awaitable<void> pause(milliseconds time);

  Book book_;
  const Scenario& scenario_;
  const platform::Clock& clock_;
  SteadyTime begin_;
  Witness& witness_;
  Chance chance_;
  platform::Wakeup given_up_;
  std::function<void()> wake_;
  bool giving_up_ = false;
  bool faulty_ = true;
};

}  // namespace rfi::simulation
