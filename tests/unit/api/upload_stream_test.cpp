// A body that is streamed: whole, broken off, refused half-way, slow, ended by a stop.
#include "unit/api/transport_fixture.hpp"

#include "rfi/api/byte_source.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <span>
#include <string>

namespace rfi::test {
namespace {

namespace asio = boost::asio;
using policy::BytesLeft;
using policy::TransportFailure;

class TextSource final : public api::ByteSource {
 public:
  TextSource(std::uint64_t size, std::optional<std::uint64_t> breaks_at = {})
      : size_(size), breaks_at_(breaks_at) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  asio::awaitable<std::optional<std::size_t>> read(std::span<char> buffer) override {
    if (breaks_at_ && given_ >= *breaks_at_) {
      co_return std::nullopt;
    }
    const std::uint64_t count = std::min<std::uint64_t>(buffer.size(), size_ - given_);
    std::fill_n(buffer.begin(), count, 'x');
    given_ += count;
    largest_ = std::max<std::size_t>(largest_, buffer.size());
    co_return static_cast<std::size_t>(count);
  }

  [[nodiscard]] std::uint64_t given() const { return given_; }
  [[nodiscard]] std::size_t largest() const { return largest_; }

 private:
  std::uint64_t size_;
  std::optional<std::uint64_t> breaks_at_;
  std::uint64_t given_ = 0;
  std::size_t largest_ = 0;
};

class UploadStreamTest : public TransportTest {
 protected:
  std::mutex mutex;
  std::string seen;  ///< the last request
  bool ended = false;

  UploadStreamTest() { settings.request_timeout = std::chrono::seconds{2}; }
  void TearDown() override {
    transport.reset();
    server.reset();
  }

  static std::string head(const TextSource& source) {
    return "POST /v1/customers/upload HTTP/1.1\r\nHost: x\r\nContent-Length: " +
           std::to_string(2 + source.size() + 2) + "\r\n\r\n<<";
  }

  api::TransportReport stream(TextSource& source) {
    return run_coroutine(io, transport->send(head(source), &source, ">>"));
  }

  void serve_answer(const std::string& answer) {
    serve({[this, answer](Peer& peer) {
      if (!peer.handshake()) {
        return;
      }
      for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
        {
          const std::scoped_lock lock{mutex};
          seen = text;
        }
        peer.write(answer);
      }
      const std::scoped_lock lock{mutex};
      ended = true;
    }});
  }
};

TEST_F(UploadStreamTest, ArrivesWholeInPiecesOfConstantSize) {
  serve_answer(http_answer(200));
  for (const std::uint64_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 3'000'000U}) {
    TextSource source{size};
    const auto report = stream(source);
    EXPECT_EQ(word_of(report.result), "200");
    const std::scoped_lock lock{mutex};
    EXPECT_TRUE(seen.ends_with("<<" + std::string(size, 'x') + ">>")) << size;
    EXPECT_EQ(source.largest(), std::size_t{64} * 1024);
  }
  EXPECT_EQ(server->connections(), 1U) << "the connection is kept";
}

TEST_F(UploadStreamTest, ASourceThatBreaksOffLeavesNoWholeRequest) {
  serve_answer(http_answer(200));
  TextSource source{300'000, 100'000};
  const auto report = stream(source);
  const auto* failure = std::get_if<TransportFailure>(&report.result);
  ASSERT_NE(failure, nullptr);
  EXPECT_EQ(failure->error, "source");
  EXPECT_EQ(failure->bytes_left, BytesLeft::yes);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (std::chrono::steady_clock::now() < end) {
    const std::scoped_lock lock{mutex};
    if (ended) {
      break;
    }
  }
  const std::scoped_lock lock{mutex};
  EXPECT_TRUE(ended) << "the connection is closed";
  EXPECT_EQ(seen, "") << "a request was completed";
}

TEST_F(UploadStreamTest, ANoBeforeTheEndIsUnderstood) {
  serve({[](Peer& peer) {
    if (peer.handshake()) {
      (void)peer.read_raw(1000);
      peer.write(http_answer(413, R"({"message":"too large"})", "Connection: close\r\n"));
      peer.end_sending();
      peer.wait(std::chrono::milliseconds{300});
    }
  }});
  TextSource source{30'000'000};
  const auto report = stream(source);
  const std::string word = word_of(report.result);
  // The reset that follows may have overtaken the answer.
  EXPECT_TRUE(word == "413" || word == "reset" || word == "closed") << word;
  EXPECT_LT(source.given(), source.size());
}

TEST_F(UploadStreamTest, AYesBeforeTheEndIsNone) {
  serve({[](Peer& peer) {
    if (peer.handshake()) {
      (void)peer.read_raw(1000);
      peer.write(http_answer(200, "{}", "Connection: close\r\n"));
      peer.end_sending();
      peer.wait(std::chrono::milliseconds{300});
    }
  }});
  TextSource source{30'000'000};
  const auto report = stream(source);
  EXPECT_TRUE(std::holds_alternative<TransportFailure>(report.result)) << word_of(report.result);
}

TEST_F(UploadStreamTest, AServerThatReadsNothingEndsItInTime) {
  settings.request_timeout = kTimeout;
  serve({[](Peer& peer) {
    if (peer.handshake()) {
      peer.wait(std::chrono::seconds{5});
    }
  }});
  TextSource source{30'000'000};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(word_of(stream(source).result), "timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTimeout + kPatience);
}

TEST_F(UploadStreamTest, AStopEndsItAtOnce) {
  serve({[](Peer& peer) {
    if (peer.handshake()) {
      peer.wait(std::chrono::seconds{5});
    }
  }});
  TextSource source{30'000'000};
  after(std::chrono::milliseconds{100}, [this] { transport->stop(); });
  const auto report = stream(source);
  const auto* stopped = std::get_if<policy::Stopped>(&report.result);
  ASSERT_NE(stopped, nullptr) << word_of(report.result);
  EXPECT_EQ(stopped->bytes_left, BytesLeft::yes);
}

}  // namespace
}  // namespace rfi::test
