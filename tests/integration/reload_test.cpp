// SIGHUP while requests are under way: what is good comes into force, what is not leaves the last
// good one, and no request suffers.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace rfi::test {
namespace {

using std::chrono::seconds;

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a.pdf"}]}})";

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void replace_file(const std::filesystem::path& path, const std::string& content) {
  const std::filesystem::path next = path.string() + ".next";
  std::ofstream{next} << content;
  ::chmod(next.c_str(), 0600);
  std::filesystem::rename(next, path);
}

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

/// Sends SIGHUP and waits until the daemon has said `event` once more.
[[nodiscard]] bool reload(ChildProcess& daemon, std::string_view event) {
  const std::size_t before = count(daemon.standard_output(), event);
  daemon.send_signal(SIGHUP);
  return wait_until([&] { return count(daemon.standard_output(), event) > before; });
}

void enqueue_many(const Deployment& deployment, unsigned first, unsigned number) {
  std::string lines;
  for (unsigned i = first; i < first + number; ++i) {
    lines += R"({"reference":"r)" + std::to_string(i) + R"(","customer_id":")" + customer_id(i) +
             R"(","requested":)" + kRequested + R"(,"documents":)" + kDocuments + "}\n";
  }
  ASSERT_EQ(deployment.run({"enqueue", "-"}, lines).status.code, 0);
}

[[nodiscard]] bool all_accepted(Deployment& deployment, int number, seconds limit = seconds{30}) {
  return wait_until(
      [&] {
        return deployment.sandbox().summary().at("patches_accepted").to_number<int>() >= number;
      },
      limit);
}

void expect_clean_end(ChildProcess& daemon) {
  daemon.send_signal(SIGTERM);
  const auto ended = daemon.wait(seconds{20});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

TEST(Reload, AHundredOfThemUnderLoadCostNoRequest) {
  DeploymentOptions good;
  good.submission = "max_in_flight = 4\n";
  Deployment deployment{good};
  deployment.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":-1,"action":{"kind":"slow","delay_ms":15}})");
  enqueue_many(deployment, 0, 400);
  const auto daemon = deployment.start();
  DeploymentOptions other = good;
  other.submission = "max_in_flight = 7\nrate_limit = 500\n";
  DeploymentOptions bad;
  bad.submission = "max_in_flight = \"many\"\n";
  for (int i = 0; i < 100; ++i) {
    deployment.configure(i % 3 == 0 ? good : i % 3 == 1 ? other : bad);
    daemon->send_signal(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_TRUE(all_accepted(deployment, 400));
  EXPECT_TRUE(deployment.sandbox().violations().empty());
  EXPECT_EQ(deployment.sandbox().requests("method=PATCH").size(), 400U)
      << "a request was made twice";
  EXPECT_GT(count(daemon->standard_output(), "service.reloaded"), 1U);
  EXPECT_GT(count(daemon->standard_output(), "config.rejected"), 1U);
  expect_clean_end(*daemon);
  EXPECT_EQ(count(daemon->standard_output(), "\"outcome\":\"unknown\""), 0U);
}

TEST(Reload, AnAuthorityThatCannotBeReadLeavesTheOneInUse) {
  Deployment deployment;
  // A copy: the test reads the sandbox's own to look at what arrived.
  const auto trusted = deployment.directory() / "trusted.pem";
  std::filesystem::copy_file(deployment.sandbox().ca_file(), trusted);
  DeploymentOptions options;
  options.ca_file = trusted.string();
  deployment.configure(options);
  const auto daemon = deployment.start();
  const std::string right = read_file(trusted);
  replace_file(trusted, "no certificate\n");
  ASSERT_TRUE(reload(*daemon, "config.rejected"));
  enqueue_many(deployment, 0, 1);
  EXPECT_TRUE(all_accepted(deployment, 1));
  replace_file(trusted, right);
  EXPECT_TRUE(reload(*daemon, "service.reloaded"));
  expect_clean_end(*daemon);
}

TEST(Reload, AnotherAuthorityHoldsFromTheNextConnectionOn) {
  DeploymentOptions options;
  options.retry = "initial_delay = \"100ms\"\nmax_delay = \"200ms\"\n";
  Deployment deployment{options};
  const SandboxProcess stranger;
  const auto daemon = deployment.start();
  enqueue_many(deployment, 0, 1);
  ASSERT_TRUE(all_accepted(deployment, 1));
  const std::string right = read_file(deployment.sandbox().ca_file());
  replace_file(deployment.sandbox().ca_file(), read_file(stranger.ca_file()));
  ASSERT_TRUE(reload(*daemon, "service.reloaded"));
  enqueue_many(deployment, 1, 5);
  ASSERT_TRUE(daemon->wait_for_output("destination.unfit", seconds{20}))
      << "a kept connection or session went on under the authority that is no longer trusted";
  EXPECT_EQ(deployment.sandbox().summary().at("patches_accepted").to_number<int>(), 1);
  replace_file(deployment.sandbox().ca_file(), right);
  ASSERT_TRUE(reload(*daemon, "service.reloaded"));
  EXPECT_TRUE(all_accepted(deployment, 6, seconds{60}));
  expect_clean_end(*daemon);
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(deployment.state("r" + std::to_string(i)), "submitted");
  }
}

TEST(Reload, ARenewedClientCertificateIsUsedAndASpoiltOneIsNot) {
  DeploymentOptions options;
  options.sandbox_arguments = {"--open-customers", "--require-client-certificate"};
  options.retry = "initial_delay = \"100ms\"\nmax_delay = \"200ms\"\n";
  Deployment deployment{options};
  const SandboxProcess stranger;
  const auto certificate = deployment.directory() / "own.pem";
  const auto key = deployment.directory() / "own.key";
  const auto install = [&](const CertificateFiles& files) {
    replace_file(certificate, read_file(files.certificate));
    replace_file(key, read_file(files.key));
  };
  install(stranger.client_certificate());
  options.api += "client_certificate = \"" + certificate.string() + "\"\nclient_key = \"" +
                 key.string() + "\"\n";
  deployment.configure(options);
  const auto daemon = deployment.start();
  enqueue_many(deployment, 0, 3);
  ASSERT_TRUE(daemon->wait_for_output("destination.unfit", seconds{20}))
      << "a stranger's certificate was good enough";

  install(deployment.sandbox().client_certificate());
  ASSERT_TRUE(reload(*daemon, "service.reloaded"));
  EXPECT_TRUE(all_accepted(deployment, 3, seconds{60}));

  replace_file(key, read_file(stranger.client_certificate().key));
  ASSERT_TRUE(reload(*daemon, "config.rejected")) << "a key that is not that of the certificate";
  enqueue_many(deployment, 3, 3);
  EXPECT_TRUE(all_accepted(deployment, 6));
  expect_clean_end(*daemon);
}

TEST(Reload, ARotatedSecretIsUsedAndAWrongOneFailsNoRow) {
  DeploymentOptions options;
  options.retry = "initial_delay = \"100ms\"\nmax_delay = \"200ms\"\n";
  Deployment deployment{options};
  const auto daemon = deployment.start();
  DeploymentOptions wrong = options;
  wrong.client_secret = "not-the-secret";
  deployment.configure(wrong);
  ASSERT_TRUE(reload(*daemon, "service.reloaded"));
  enqueue_many(deployment, 0, 3);
  ASSERT_TRUE(daemon->wait_for_output("token.failed", seconds{20}));
  EXPECT_EQ(deployment.sandbox().summary().at("patches_accepted").to_number<int>(), 0);
  deployment.configure(options);
  ASSERT_TRUE(reload(*daemon, "service.reloaded"));
  EXPECT_TRUE(all_accepted(deployment, 3, seconds{60}));

  ::chmod((deployment.directory() / "client_secret").c_str(), 0644);
  ASSERT_TRUE(reload(*daemon, "config.rejected")) << "a secret that everybody may read";
  enqueue_many(deployment, 3, 1);
  EXPECT_TRUE(all_accepted(deployment, 4));
  expect_clean_end(*daemon);
  EXPECT_EQ(daemon->standard_output().find("not-the-secret"), std::string::npos);
}

}  // namespace
}  // namespace rfi::test
