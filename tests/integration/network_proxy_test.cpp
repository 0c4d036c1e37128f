// The daemon behind an HTTP proxy that does its work, and one that does not.
#include "integration/network_fixture.hpp"
#include "support/connect_proxy.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace rfi::test {
namespace {

using std::chrono::seconds;

DeploymentOptions behind(const ConnectProxy& proxy, const ScriptedApi& api) {
  DeploymentOptions options = network_options(api.base_url());
  options.api += "proxy = \"" + proxy.url() + "\"\n";
  return options;
}

TEST(NetworkProxy, CarriesEverythingAndSeesNothing) {
  const ScriptedApi api;
  const ConnectProxy proxy;
  const Deployment deployment{behind(proxy, api)};
  std::string lines;
  for (unsigned i = 0; i < 20; ++i) {
    lines += network_line("row-" + std::to_string(i), i);
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
  ASSERT_EQ(deployment.run({"run", "--drain"}).status.code, 0);
  for (unsigned i = 0; i < 20; ++i) {
    EXPECT_EQ(deployment.outcomes("row-" + std::to_string(i)),
              std::vector<std::string>{"accepted"});
  }
  EXPECT_EQ(api.connections(), proxy.connections()) << "nothing went past the proxy";
  EXPECT_EQ(leak_in(proxy.seen()), "") << "the proxy saw it";
  const FinishedChild checked = deployment.run({"check"});
  EXPECT_EQ(checked.status.code, 0) << checked.standard_output << checked.standard_error;
}

TEST(NetworkProxy, ThatRefusesOrIsBrokenCostsNoRowAnything) {
  struct Fault {
    std::string name;
    ConnectProxy::Refusal refusal;
  };
  const std::vector<Fault> table = {
      {"407", proxy_saying("HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n")},
      {"403", proxy_saying("HTTP/1.1 403 x\r\nContent-Length: 7\r\n\r\nPRIVATE")},
      {"503", proxy_saying("HTTP/1.1 503 x\r\n\r\n")},
      {"silence", proxy_saying("")},
      {"garbage", proxy_saying("PRIVATE\r\n\r\n")},
      {"no end", proxy_saying("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'))},
      {"closed", [](Peer& peer, const std::string& /*request*/) { peer.close(); }},
      {"reset", [](Peer& peer, const std::string& /*request*/) { peer.reset(); }},
  };
  const ScriptedApi api;
  ConnectProxy proxy;
  const Deployment deployment{behind(proxy, api)};
  const auto daemon = deployment.start();
  for (unsigned i = 0; i < table.size(); ++i) {
    SCOPED_TRACE(table[i].name);
    const std::string reference = "row-" + std::to_string(i);
    proxy.refuse(table[i].refusal);
    // What is idle would carry the request without the proxy being asked.
    daemon->send_signal(SIGHUP);
    ASSERT_TRUE(wait_until([&] { return log_lines_of(*daemon, "service.reloaded") > i; }));
    ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line(reference, i)).status.code, 0);
    ASSERT_TRUE(wait_until([&] { return first_attempt(deployment, reference) == "not_sent proxy"; },
                           seconds{20}))
        << first_attempt(deployment, reference);
    EXPECT_EQ(api.patches(customer_id(i)), 0U);
    proxy.refuse({});
    ASSERT_TRUE(
        wait_until([&] { return deployment.state(reference) == "submitted"; }, seconds{30}));
    EXPECT_EQ(deployment.show(reference).at("attempts").to_number<int>(), 1);
  }
  daemon->send_signal(SIGTERM);
  const auto ended = daemon->wait(seconds{15});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
  EXPECT_EQ(leak_in(daemon->standard_output()), "");
}

TEST(NetworkProxy, IsTakenFromTheConfigurationAlone) {
  const ScriptedApi api;
  const ConnectProxy proxy;
  const Deployment deployment{network_options(api.base_url())};
  ASSERT_EQ(deployment.run({"enqueue", "-"}, network_line("row", 1)).status.code, 0);
  ChildOptions command = deployment.command({"run", "--drain"});
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"}) {
    command.environment[name] = proxy.url();
  }
  EXPECT_EQ(run_child(command).status.code, 0);
  EXPECT_EQ(deployment.state("row"), "submitted");
  EXPECT_EQ(proxy.connections(), 0U);
}

}  // namespace
}  // namespace rfi::test
