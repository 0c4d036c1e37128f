#include "rfi/api/resolver.hpp"

#include "unit/api/run_coroutine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace rfi::test {
namespace {

using api::Addresses;
using api::ResolveFailure;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ResolverTest : public testing::Test {
 protected:
  boost::asio::io_context io{1};
  api::AbortSource abort;

  std::variant<Addresses, ResolveFailure> resolve(const std::string& host,
                                                  const std::string& port = "443",
                                                  milliseconds limit = milliseconds{4000}) {
    api::Resolver resolver{io.get_executor(), host, port};
    return run_coroutine(io, resolver.resolve(steady_clock::now() + limit, abort));
  }
};

TEST_F(ResolverTest, TakesAnAddressAsItIs) {
  for (const std::string address : {"127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"}) {
    const auto found = resolve(address, "8443");
    ASSERT_TRUE(std::holds_alternative<Addresses>(found)) << address;
    ASSERT_EQ(std::get<Addresses>(found).size(), 1U);
    const auto& endpoint = std::get<Addresses>(found).front();
    EXPECT_EQ(endpoint.address().to_string(), address);
    EXPECT_EQ(endpoint.port(), 8443);
  }
}

TEST_F(ResolverTest, FindsLocalhost) {
  const auto found = resolve("localhost");
  ASSERT_TRUE(std::holds_alternative<Addresses>(found));
  const auto& addresses = std::get<Addresses>(found);
  ASSERT_FALSE(addresses.empty());
  EXPECT_TRUE(std::ranges::all_of(addresses, [](const auto& endpoint) {
    return endpoint.address().is_loopback() && endpoint.port() == 443;
  }));
}

TEST_F(ResolverTest, FailsForANameThatNobodyHas) {
  // No label may be longer than 63 bytes: this fails without a question to any name server.
  const auto found = resolve(std::string(70, 'x') + ".invalid");
  const auto* failure = std::get_if<ResolveFailure>(&found);
  ASSERT_NE(failure, nullptr);
  EXPECT_FALSE(failure->timed_out);
  EXPECT_NE(failure->detail.find("api.base_url"), std::string::npos);
}

TEST_F(ResolverTest, SharesTheLookupUnderWay) {
  api::Resolver resolver{io.get_executor(), "localhost", "443"};
  int found = 0;
  for (int i = 0; i < 3; ++i) {
    boost::asio::co_spawn(io,
                          resolver.resolve(steady_clock::now() + milliseconds{4000}, abort),
                          [&](const std::exception_ptr& error, const auto& result) {
                            EXPECT_EQ(error, nullptr);
                            found += std::holds_alternative<Addresses>(result) ? 1 : 0;
                          });
  }
  io.run_for(milliseconds{5000});
  EXPECT_EQ(found, 3);
}

TEST_F(ResolverTest, GivesUpAtItsDeadlineAndWhenAborted) {
  const auto late = resolve("localhost", "443", milliseconds{0});
  ASSERT_TRUE(std::holds_alternative<ResolveFailure>(late));
  EXPECT_TRUE(std::get<ResolveFailure>(late).timed_out);
  abort.request();
  const auto began = steady_clock::now();
  EXPECT_TRUE(std::holds_alternative<ResolveFailure>(resolve("localhost")));
  EXPECT_LT(steady_clock::now() - began, milliseconds{1000});
}

TEST(Resolver, MayEndBeforeItsLookup) {
  for (int i = 0; i < 20; ++i) {
    auto io = std::make_unique<boost::asio::io_context>(1);
    api::AbortSource abort;
    {
      api::Resolver resolver{io->get_executor(), "localhost", "443"};
      (void)run_coroutine(*io, resolver.resolve(steady_clock::now(), abort));
    }
    io.reset();  // the thread that looks up may come back after this
  }
}

}  // namespace
}  // namespace rfi::test
