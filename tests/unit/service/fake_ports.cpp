#include "unit/service/fake_ports.hpp"

#include "rfi/platform/no_throw.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
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
  result.more_due = !waiting.empty();
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
    asio::steady_timer timer{executor_, takes};
    co_await timer.async_wait(platform::kNoThrow);
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

asio::awaitable<api::UploadReport> FakeApi::upload(api::UploadRequest request) {
  SentFile mine;
  mine.customer_id = request.customer_id;
  mine.part = request.part;
  mine.file_name = request.file_name;
  mine.content_type = request.content_type;
  most_in_flight = std::max(most_in_flight, ++in_flight);
  std::array<char, 16> piece{};
  api::UploadReport report;
  while (true) {
    const auto count = co_await request.bytes->read(piece);
    if (!count) {
      policy::TransportFailure failure;
      failure.phase = policy::Phase::write;
      failure.bytes_left = policy::BytesLeft::yes;
      failure.error = "source";
      report.attempt.result = failure;
      break;
    }
    if (*count == 0) {
      mine.whole = true;
      break;
    }
    mine.bytes.append(piece.data(), *count);
  }
  uploads.push_back(mine);
  const std::size_t number = uploads.size();
  co_await asio::post(executor_, asio::use_awaitable);
  while (held && stops == 0) {
    co_await changed_.wait();
  }
  --in_flight;
  if (held && stops > 0) {
    report.attempt.result = policy::Stopped{policy::BytesLeft::yes};
  } else if (mine.whole) {
    report.attempt.result = upload_answer ? upload_answer(mine, number) : response(200);
    const auto* answered = std::get_if<policy::Response>(&report.attempt.result);
    if (answered != nullptr && answered->status == 200) {
      report.uri = "/up" + std::to_string(number);
    }
  }
  co_return report;
}

namespace {

class FakeSource final : public upload::FileSource {
 public:
  FakeSource(std::string bytes, bool breaks_off)
      : bytes_(std::move(bytes)), breaks_off_(breaks_off) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] const std::optional<upload::FileFault>& fault() const override { return fault_; }

  asio::awaitable<std::optional<std::size_t>> read(std::span<char> buffer) override {
    if (breaks_off_ && position_ > 0) {
      fault_.emplace();
      fault_->reason = "it changed";
      co_return std::nullopt;
    }
    const std::size_t count = bytes_.copy(buffer.data(), buffer.size(), position_);
    position_ += count;
    co_return count;
  }

 private:
  std::string bytes_;
  bool breaks_off_;
  std::size_t position_ = 0;
  std::optional<upload::FileFault> fault_;
};

}  // namespace

asio::awaitable<std::variant<upload::Survey, upload::FileFault>> FakeFiles::survey(
    upload::FileName name) {
  if (on_survey) {
    on_survey();
  }
  if (trouble) {
    co_return *trouble;
  }
  const auto found = files.find(name.path);
  if (found == files.end()) {
    upload::FileFault fault;
    fault.whose = upload::FileFault::Whose::missing;
    fault.reason = "there is no such file";
    co_return fault;
  }
  upload::Survey survey;
  survey.sha256 = "hash of " + found->second;
  survey.size = found->second.size();
  co_return survey;
}

std::unique_ptr<upload::FileSource> FakeFiles::source(upload::FileName name,
                                                      upload::Survey expected) {
  EXPECT_EQ(expected.sha256, "hash of " + files.at(name.path));
  return std::make_unique<FakeSource>(files.at(name.path), name.path == breaks_off);
}

void FakeFiles::remove(upload::FileName name,
                       std::string sha256,
                       std::function<void(const std::optional<upload::FileFault>&)> done) {
  EXPECT_EQ(sha256, "hash of " + files.at(name.path));
  removed.push_back(name.path);
  done(std::nullopt);
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
