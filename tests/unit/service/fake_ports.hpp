// A queue and an API in memory, which watch that the scheduler keeps its promises to both.
#pragma once

#include "rfi/api/api_port.hpp"
#include "rfi/platform/wakeup.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/upload/file_port.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rfi::test {

/// Hands out `waiting` in order. An attempt that is closed twice, or was never open, fails the
/// test.
class FakeQueue final : public queue::QueuePort {
 public:
  explicit FakeQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  boost::asio::awaitable<std::vector<queue::Recovered>> recover(queue::UtcTime now) override;
  boost::asio::awaitable<queue::ExchangeResult> exchange(queue::Exchange exchange) override;
  void on_change(std::function<void()> wake) override { wake_ = std::move(wake); }

  /// As if a producer had committed these.
  void commit(std::vector<queue::Claim> rows);

  /// The closings of all exchanges, in order.
  [[nodiscard]] std::vector<queue::Closing> closings() const;
  [[nodiscard]] std::size_t open() const { return open_.size(); }

  std::deque<queue::Claim> waiting;
  std::vector<queue::Recovered> recovered;
  std::vector<queue::Exchange> exchanges;  ///< all that were asked for
  std::optional<queue::UtcTime> next_due;  ///< reported when nothing is waiting
  std::size_t most_open = 0;
  bool takes_back = false;             ///< rows to be tried again wait again, due at once
  std::chrono::milliseconds takes{0};  ///< how long a commit takes
  std::function<void(const queue::Exchange&, queue::ExchangeResult&)> before_answer;

 private:
  queue::AttemptKey close(const queue::Closing& closing);

  boost::asio::any_io_executor executor_;
  std::function<void()> wake_;
  std::map<std::int64_t, queue::Claim> handed_out_;
  std::map<std::int64_t, std::int64_t> open_;  ///< row -> number of its open attempt
};

/// What was sent, as it arrived.
struct SentPatch {
  std::string customer_id;
  std::string body;
  std::string idempotency_key;
};

struct SentFile {
  std::string customer_id;
  std::string part;
  std::string file_name;
  std::string content_type;
  std::string bytes;
  bool whole = false;
};

/// Files in memory by path. What is not there is missing.
class FakeFiles final : public upload::FilePort {
 public:
  boost::asio::awaitable<std::variant<upload::Survey, upload::FileFault>> survey(
      upload::FileName name) override;
  [[nodiscard]] std::unique_ptr<upload::FileSource> source(upload::FileName name,
                                                           upload::Survey expected) override;
  void remove(upload::FileName name,
              std::string sha256,
              std::function<void(const std::optional<upload::FileFault>&)> done) override;

  std::map<std::string, std::string> files;
  std::optional<upload::FileFault> trouble;  ///< of whatever is surveyed
  std::string breaks_off;                    ///< path of a file that fails while it is sent
  std::function<void()> on_survey;
  std::vector<std::string> removed;
};

/// Answers each PATCH with `answer`, at once or, while `held`, when released or stopped.
class FakeApi final : public api::ApiPort {
 public:
  using Answer = std::function<policy::AttemptResult(const SentPatch& sent, std::size_t number)>;

  explicit FakeApi(const boost::asio::any_io_executor& executor)
      : executor_(executor), changed_(executor) {}

  boost::asio::awaitable<api::AttemptReport> patch(api::PatchRequest request) override;
  boost::asio::awaitable<api::AttemptReport> look(api::LookRequest request) override;
  boost::asio::awaitable<api::UploadReport> upload(api::UploadRequest request) override;
  void stop() override;
  void release();

  Answer answer;  ///< empty: 200 with a JSON object
  /// Answers a look at a customer; empty: 404.
  std::function<policy::AttemptResult(const std::string& customer_id)> look_answer;
  std::vector<std::string> looks;  ///< customers looked at, in order
  /// Answers an upload; empty, or an answer of status 200: the uri is "/up" and the number.
  std::function<policy::AttemptResult(const SentFile& sent, std::size_t number)> upload_answer;
  std::vector<SentFile> uploads;       ///< in order
  std::chrono::milliseconds takes{0};  ///< how long a PATCH takes
  bool held = false;
  bool synchronous = false;  ///< completes without giving way to anybody
  std::function<void()> on_patch;
  std::vector<SentPatch> sent;
  std::size_t in_flight = 0;
  std::size_t most_in_flight = 0;
  int stops = 0;

 private:
  boost::asio::any_io_executor executor_;
  platform::Wakeup changed_;
};

[[nodiscard]] policy::Response response(unsigned status, std::string body = "{}");

}  // namespace rfi::test
