#include "rfi/api/dial.hpp"

#include "support/free_port.hpp"
#include "unit/api/run_coroutine.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::test {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

tcp::endpoint at(const std::string& address, std::uint16_t port) {
  return {boost::asio::ip::make_address(address), port};
}

class DialTest : public testing::Test {
 protected:
  boost::asio::io_context io{1};
  api::AbortSource abort;

  api::DialResult dial(api::Addresses addresses, milliseconds limit = milliseconds{2000}) {
    return run_coroutine(
        io, api::dial(io.get_executor(), std::move(addresses), steady_clock::now() + limit, abort));
  }

  static tcp::endpoint refusing() { return at("127.0.0.1", free_port()); }
};

/// A listener whose queue is full: a connect neither succeeds nor fails.
class BlackHole {
 public:
  explicit BlackHole(boost::asio::io_context& io) : listener_(io, tcp::v4()) {
    listener_.bind(at("127.0.0.1", 0));
    listener_.listen(0);
    for (int i = 0; i < 4; ++i) {
      filling_.emplace_back(io);
      filling_.back().async_connect(listener_.local_endpoint(), [](const error_code&) {});
    }
  }
  [[nodiscard]] tcp::endpoint address() const { return listener_.local_endpoint(); }

 private:
  tcp::acceptor listener_;
  std::vector<tcp::socket> filling_;
};

TEST(AlternateFamilies, KeepsTheOrderWithinAFamily) {
  const auto a4 = at("192.0.2.1", 1);
  const auto b4 = at("192.0.2.2", 1);
  const auto c4 = at("192.0.2.3", 1);
  const auto a6 = at("2001:db8::1", 1);
  const auto b6 = at("2001:db8::2", 1);
  EXPECT_EQ(api::alternate_families({}), api::Addresses{});
  EXPECT_EQ(api::alternate_families({a4, b4}), (api::Addresses{a4, b4}));
  EXPECT_EQ(api::alternate_families({a6, b6, a4, b4, c4}), (api::Addresses{a6, a4, b6, b4, c4}));
  EXPECT_EQ(api::alternate_families({a4, b4, c4, a6}), (api::Addresses{a4, a6, b4, c4}));
}

TEST_F(DialTest, ConnectsWithoutDelayingSmallWrites) {
  const tcp::acceptor listener{io, at("127.0.0.1", 0)};
  auto result = dial({listener.local_endpoint()});
  ASSERT_TRUE(std::holds_alternative<tcp::socket>(result));
  tcp::no_delay no_delay;
  std::get<tcp::socket>(result).get_option(no_delay);
  EXPECT_TRUE(no_delay.value());
}

TEST_F(DialTest, GoesOnAtOnceAfterARefusal) {
  const tcp::acceptor listener{io, at("127.0.0.1", 0)};
  const auto began = steady_clock::now();
  auto result = dial({refusing(), refusing(), refusing(), listener.local_endpoint()});
  ASSERT_TRUE(std::holds_alternative<tcp::socket>(result));
  EXPECT_EQ(std::get<tcp::socket>(result).remote_endpoint(), listener.local_endpoint());
  EXPECT_LT(steady_clock::now() - began, milliseconds{250});
}

TEST_F(DialTest, OvertakesAnAddressThatDoesNotAnswer) {
  const BlackHole hole{io};
  const tcp::acceptor listener{io, at("127.0.0.1", 0)};
  const auto began = steady_clock::now();
  auto result = dial({hole.address(), listener.local_endpoint()});
  const auto took = steady_clock::now() - began;
  ASSERT_TRUE(std::holds_alternative<tcp::socket>(result));
  EXPECT_EQ(std::get<tcp::socket>(result).remote_endpoint(), listener.local_endpoint());
  EXPECT_GE(took, milliseconds{240});
  EXPECT_LT(took, milliseconds{900});
}

// A refusal used to be waited out for the full head start while another attempt was still open.
TEST_F(DialTest, GoesOnAtOnceAfterARefusalBehindAnAddressThatDoesNotAnswer) {
  const BlackHole hole{io};
  const tcp::acceptor listener{io, at("127.0.0.1", 0)};
  const auto began = steady_clock::now();
  auto result = dial({hole.address(), refusing(), listener.local_endpoint()});
  ASSERT_TRUE(std::holds_alternative<tcp::socket>(result));
  EXPECT_LT(steady_clock::now() - began, milliseconds{490});
}

TEST_F(DialTest, SaysWhyNothingConnected) {
  EXPECT_EQ(std::get<error_code>(dial({refusing(), refusing()})),
            boost::asio::error::connection_refused);
  EXPECT_TRUE(std::holds_alternative<error_code>(dial({})));
}

TEST_F(DialTest, EndsAtItsDeadline) {
  const BlackHole hole{io};
  const auto began = steady_clock::now();
  EXPECT_EQ(std::get<error_code>(dial({hole.address()}, milliseconds{200})),
            boost::asio::error::timed_out);
  EXPECT_GE(steady_clock::now() - began, milliseconds{190});
  EXPECT_LT(steady_clock::now() - began, milliseconds{1500});
}

TEST_F(DialTest, EndsAtOnceWhenAborted) {
  const BlackHole hole{io};
  boost::asio::steady_timer timer{io, milliseconds{50}};
  timer.async_wait([this](const error_code& /*error*/) { abort.request(); });
  const auto began = steady_clock::now();
  EXPECT_EQ(std::get<error_code>(dial({hole.address()}, milliseconds{4000})),
            boost::asio::error::operation_aborted);
  EXPECT_LT(steady_clock::now() - began, milliseconds{1000});
}

}  // namespace
}  // namespace rfi::test
