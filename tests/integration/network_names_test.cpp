// Names and addresses, in a network of the test's own: a name that fails, moves, or leads to an
// address that does not answer.
#include "integration/network_fixture.hpp"
#include "support/isolated_network.hpp"
#include "support/name_server.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

namespace rfi::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* kHost = "api.example.test";
constexpr const char* kNameServer = "127.0.0.53";

class NetworkNames : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string refused = isolate_network();
    if (!refused.empty()) {
      std::cerr << "NOT TESTED: names and addresses, " << refused << '\n';
      GTEST_SKIP() << refused;
    }
    resolve_by(std::string{"nameserver "} + kNameServer + "\noptions timeout:1 attempts:1\n");
  }

  static void enqueue(const Deployment& deployment,
                      const std::string& reference,
                      unsigned customer) {
    ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line(reference, customer)).status.code, 0);
  }
  static bool submitted(const Deployment& deployment, const std::string& reference) {
    return wait_until([&] { return deployment.state(reference) == "submitted"; }, seconds{30});
  }
};

/// An address at which connects neither succeed nor fail: a listener whose queue is full.
class Ipv6BlackHole {
 public:
  explicit Ipv6BlackHole(std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    const auto* generic =
        reinterpret_cast<const sockaddr*>(&address);  // NOLINT: as sockets want it
    for (int& descriptor : sockets_) {
      descriptor = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    const int only = 1;
    (void)::setsockopt(sockets_[0], IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    listens_ = ::bind(sockets_[0], generic, sizeof address) == 0 && ::listen(sockets_[0], 0) == 0;
    for (std::size_t i = 1; i < sockets_.size(); ++i) {
      (void)::connect(sockets_[i], generic, sizeof address);
    }
  }
  ~Ipv6BlackHole() {
    for (const int descriptor : sockets_) {
      ::close(descriptor);
    }
  }
  Ipv6BlackHole(const Ipv6BlackHole&) = delete;
  Ipv6BlackHole& operator=(const Ipv6BlackHole&) = delete;
  Ipv6BlackHole(Ipv6BlackHole&&) = delete;
  Ipv6BlackHole& operator=(Ipv6BlackHole&&) = delete;
  [[nodiscard]] bool listens() const { return listens_; }

 private:
  std::array<int, 5> sockets_{};
  bool listens_ = false;
};

TEST_F(NetworkNames, ThatFailCostNothingAndAreFoundAgain) {
  const ScriptedApi api;
  const Deployment deployment{network_options(api.base_url(kHost))};
  // Nobody answers at the name server's address: an ICMP error at once.
  enqueue(deployment, "no name server", 1);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until(
      [&] { return first_attempt(deployment, "no name server") == "not_sent dns"; }, seconds{20}))
      << first_attempt(deployment, "no name server");
  NameServer names{kNameServer};
  names.answer({"127.0.0.1"});
  ASSERT_TRUE(submitted(deployment, "no name server"));
  for (const auto manner : {NameServer::Manner::no_such_name, NameServer::Manner::fails}) {
    const bool first = manner == NameServer::Manner::no_such_name;
    const std::string reference = first ? "no such name" : "the name server fails";
    names.behave(manner);
    daemon->send_signal(SIGHUP);  // the connection that is kept needs no name
    ASSERT_TRUE(
        wait_until([&] { return log_lines_of(*daemon, "service.reloaded") > (first ? 0U : 1U); }));
    enqueue(deployment, reference, first ? 2 : 3);
    ASSERT_TRUE(wait_until([&] { return first_attempt(deployment, reference) == "not_sent dns"; },
                           seconds{20}))
        << first_attempt(deployment, reference);
    names.behave(NameServer::Manner::answers);
    ASSERT_TRUE(submitted(deployment, reference));
    EXPECT_EQ(deployment.show(reference).at("attempts").to_number<int>(), 1);
  }
  EXPECT_EQ(leak_in(daemon->standard_output()), "");
}

TEST_F(NetworkNames, ThatMoveAreFollowedAtTheNextConnection) {
  const CertificateFiles& good = NetworkAuthority::get().good();
  ScriptedApi before{{.certificate = good, .address = "127.0.0.2"}};
  const ScriptedApi after{{.certificate = good, .port = before.port(), .address = "127.0.0.3"}};
  before.close_at_patch_of_a_connection(2);
  NameServer names{kNameServer};
  names.answer({"127.0.0.2"});
  const Deployment deployment{network_options(before.base_url(kHost))};
  const auto daemon = deployment.start();
  enqueue(deployment, "before", 1);
  ASSERT_TRUE(submitted(deployment, "before"));
  names.answer({"127.0.0.3"});
  enqueue(deployment, "after", 2);
  ASSERT_TRUE(submitted(deployment, "after"));
  EXPECT_EQ(before.patches(customer_id(1)), 1U);
  EXPECT_EQ(after.patches(customer_id(2)), 1U);
}

TEST_F(NetworkNames, WhoseServersAreSilentHoldUpNeitherTheStopNorTheRow) {
  // glibc's own patience is 5 s for each try: the unit shortens it, this test does not.
  resolve_by("nameserver 127.0.0.51\nnameserver 127.0.0.52\nnameserver 127.0.0.53\n");
  const NameServer one{"127.0.0.51", NameServer::Manner::silent};
  const NameServer two{"127.0.0.52", NameServer::Manner::silent};
  const NameServer three{"127.0.0.53", NameServer::Manner::silent};
  const ScriptedApi api;
  const Deployment deployment{network_options(api.base_url(kHost))};
  enqueue(deployment, "row", 1);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return first_attempt(deployment, "row") == "not_sent timeout"; },
                         seconds{20}));
  ASSERT_TRUE(wait_until([&] { return one.questions() > 0; }, seconds{10}));
  const auto began = steady_clock::now();
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(seconds{20});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_LT(steady_clock::now() - began, seconds{5});
  for (const std::string& outcome : deployment.outcomes("row")) {
    EXPECT_EQ(outcome, "not_sent");
  }
  EXPECT_EQ(deployment.state("row"), "pending");
}

TEST_F(NetworkNames, ThatLeadToADeadIpv6AndALiveIpv4AddressAreAnsweredByTheLiveOne) {
  const ScriptedApi api;
  const Ipv6BlackHole hole{api.port()};
  if (!hole.listens()) {
    std::cerr << "NOT TESTED: a dead IPv6 address, there is no IPv6 here\n";
    GTEST_SKIP() << "there is no IPv6 here";
  }
  NameServer names{kNameServer};
  names.answer({"::1", "127.0.0.1"});
  const Deployment deployment{network_options(api.base_url(kHost))};
  const auto daemon = deployment.start();
  const auto began = steady_clock::now();
  enqueue(deployment, "row", 1);
  ASSERT_TRUE(submitted(deployment, "row"));
  EXPECT_LT(steady_clock::now() - began, seconds{3});
  EXPECT_EQ(deployment.outcomes("row"), std::vector<std::string>{"accepted"});
}

}  // namespace
}  // namespace rfi::test
