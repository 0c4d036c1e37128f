#include "unit/service/fake_ports.hpp"

#include "rfi/platform/no_throw.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace rfi::test {

namespace asio = boost::asio;

asio::awaitable<std::vector<queue::Recovered>> FakeQueue::recover(queue::UtcTime /*now*/) {
  co_return recovered;
}

queue::AttemptKey FakeQueue::close(const queue::Closing& closing) {
  const auto row = static_cast<std::int64_t>(closing.attempt.rfi);
  const auto found = open_.find(row);
  EXPECT_NE(found, open_.end()) << "row " << row << " is not open";
  if (found == open_.end()) {
    return closing.attempt;
  }
  EXPECT_EQ(found->second, closing.attempt.number)
      << "another attempt of row " << row << " is open";
  if (std::holds_alternative<policy::Resend>(closing.next)) {
    ++found->second;
    return {.rfi = closing.attempt.rfi, .number = found->second};
  }
  open_.erase(found);
  if (takes_back && std::holds_alternative<policy::RetryAt>(closing.next)) {
    queue::Claim again = handed_out_.at(row);
    ++again.attempt.number;
    ++again.tries;
    waiting.push_back(std::move(again));
  }
  return closing.attempt;
}

asio::awaitable<queue::ExchangeResult> FakeQueue::exchange(queue::Exchange exchange) {
  exchanges.push_back(exchange);
  asio::steady_timer timer{executor_, takes};
  co_await timer.async_wait(platform::kNoThrow);
  queue::ExchangeResult result;
  for (const queue::Closing& closing : exchange.closings) {
    const queue::AttemptKey key = close(closing);
    if (std::holds_alternative<policy::Resend>(closing.next)) {
      result.resends.push_back(key);
    }
  }
  while (result.claims.size() < exchange.claim_limit && !waiting.empty()) {
    const auto row = static_cast<std::int64_t>(waiting.front().attempt.rfi);
    EXPECT_TRUE(open_.emplace(row, waiting.front().attempt.number).second);
    handed_out_[row] = waiting.front();
    result.claims.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  most_open = std::max(most_open, open_.size());
  result.more_due = exchange.claim_limit > 0 && !waiting.empty();
  if (waiting.empty()) {
    result.next_due = next_due;
  }
  if (before_answer) {
    before_answer(exchange, result);
  }
  co_return result;
}

void FakeQueue::commit(std::vector<queue::Claim> rows) {
  std::ranges::move(rows, std::back_inserter(waiting));
  if (wake_) {
    wake_();
  }
}

std::vector<queue::Closing> FakeQueue::closings() const {
  std::vector<queue::Closing> all;
  for (const queue::Exchange& exchange : exchanges) {
    std::ranges::copy(exchange.closings, std::back_inserter(all));
  }
  return all;
}

asio::awaitable<api::AttemptReport> FakeApi::patch(api::PatchRequest request) {
  sent.emplace_back(std::string{request.customer_id},
                    std::string{request.body},
                    std::string{request.idempotency_key});
  const std::size_t number = sent.size();
  const SentPatch mine = sent.back();
  most_in_flight = std::max(most_in_flight, ++in_flight);
  if (on_patch) {
    on_patch();
  }
  if (!synchronous) {
    co_await asio::post(executor_, asio::use_awaitable);
  }
  while (held && stops == 0) {
    co_await changed_.wait();
  }
  --in_flight;
  api::AttemptReport report;
  if (held && stops > 0) {
    report.result = policy::Stopped{policy::BytesLeft::yes};
  } else if (answer) {
    report.result = answer(mine, number);
  } else {
    report.result = response(200);
  }
  co_return report;
}

asio::awaitable<api::AttemptReport> FakeApi::look(api::LookRequest request) {
  looks.emplace_back(request.customer_id);
  const std::string customer = looks.back();
  co_await asio::post(executor_, asio::use_awaitable);
  api::AttemptReport report;
  report.result = look_answer ? look_answer(customer) : response(404);
  co_return report;
}

void FakeApi::stop() {
  ++stops;
  changed_.notify_all();
}

void FakeApi::release() {
  held = false;
  changed_.notify_all();
}

policy::Response response(unsigned status, std::string body) {
  policy::Response response;
  response.status = status;
  response.payload = body.empty() ? policy::Payload::empty : policy::Payload::json_object;
  response.body = std::move(body);
  return response;
}

}  // namespace rfi::test
