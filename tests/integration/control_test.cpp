// The running daemon and whoever asks it: status, explain, the socket itself.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::test {
namespace {

namespace json = boost::json;

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a-secret.pdf"}]}})";

/// A connection to the daemon's socket, spoken to byte by byte.
class Asker {
 public:
  explicit Asker(const std::filesystem::path& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
    const void* const generic = &address;
    connected_ = ::connect(socket_, static_cast<const sockaddr*>(generic), sizeof(address)) == 0;
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  Asker(Asker&&) = delete;
  Asker& operator=(Asker&&) = delete;
  ~Asker() { ::close(socket_); }

  [[nodiscard]] bool connected() const { return connected_; }
  void say(std::string_view text) const {
    (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// The next line without its end, or empty when the connection has ended.
  [[nodiscard]] std::string hear() {
    while (heard_.find('\n') == std::string::npos) {
      std::array<char, 4096> buffer{};
      const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        return "";
      }
      heard_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    const std::string line = heard_.substr(0, heard_.find('\n'));
    heard_.erase(0, line.size() + 1);
    return line;
  }
  [[nodiscard]] std::string ask(const std::string& line) {
    say(line + '\n');
    return hear();
  }

 private:
  int socket_;
  bool connected_ = false;
  std::string heard_;
};

std::filesystem::path socket_of(const Deployment& deployment) {
  return deployment.queue().string() + ".sock";
}

json::object asked(const Deployment& deployment, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const FinishedChild child = deployment.run(std::move(arguments));
  EXPECT_EQ(child.status.code, 0) << child.standard_error;
  return json::parse(child.standard_output).as_object();
}

bool answers(const Deployment& deployment) {
  return asked(deployment, {"status"}).at("daemon").is_object();
}

TEST(Control, StatusSaysWhatOnlyTheDaemonKnows) {
  Deployment deployment;
  deployment.enqueue("sent", customer_id(1), kRequested, kDocuments);
  deployment.enqueue("invalid", customer_id(2), R"(["proof_of_address.number"])", kDocuments);
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return deployment.state("sent") == "submitted"; }));
  const auto status = asked(deployment, {"status"});
  const auto& live = status.at("daemon").as_object();
  EXPECT_EQ(live.at("pid").as_int64(), daemon->pid());
  EXPECT_TRUE(live.at("destination").at("fit").as_bool());
  EXPECT_EQ(live.at("attempts").at("accepted").as_int64(), 1);
  EXPECT_GT(live.at("rate").to_number<double>(), 0.0);
  EXPECT_TRUE(live.at("last_success").is_string());
  ASSERT_EQ(live.at("failures").as_array().size(), 1U);
  EXPECT_EQ(live.at("failures").at(0).at("reference").as_string(), "invalid");
  const FinishedChild text = deployment.run({"status"});
  EXPECT_NE(text.standard_output.find("running, process "), std::string::npos);
  EXPECT_EQ(text.standard_output.find('\x1b'), std::string::npos) << "no colour in a pipe";
  EXPECT_EQ(text.standard_output.find("secret"), std::string::npos);
}

TEST(Control, ExplainNamesTheDestinationAndTheNextProbe) {
  DeploymentOptions options;
  options.base_url = "https://127.0.0.1:9";
  options.retry = "initial_delay = \"1m\"\n";
  const Deployment deployment{options};
  deployment.enqueue("a", customer_id(1), kRequested, kDocuments);
  deployment.enqueue("b", customer_id(2), kRequested, kDocuments);
  const auto daemon = deployment.start();
  const auto is_unfit = [&] {
    const auto status = asked(deployment, {"status"});
    return status.at("daemon").is_object() &&
           !status.at("daemon").at("destination").at("fit").as_bool();
  };
  ASSERT_TRUE(wait_until(is_unfit));
  const FinishedChild text = deployment.run({"explain", "b"});
  EXPECT_NE(text.standard_output.find("The destination is unfit since"), std::string::npos);
  EXPECT_NE(text.standard_output.find(", next in "), std::string::npos) << text.standard_output;
  EXPECT_EQ(text.standard_output.find("file alone"), std::string::npos);
}

TEST(Control, ExplainSaysThatARowWaitsForTheWire) {
  DeploymentOptions options;
  options.api = "request_timeout = \"20s\"\n";
  options.submission = "max_in_flight = 1\nmax_open = 4\ndrain_timeout = \"100ms\"\n";
  Deployment deployment{options};
  deployment.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":1,"action":{"kind":"hang"}})");
  for (unsigned i = 1; i <= 3; ++i) {
    deployment.enqueue("r" + std::to_string(i), customer_id(i), kRequested, kDocuments);
  }
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return deployment.state("r3") == "submitting"; }));
  const auto explained = asked(deployment, {"explain", "r3"});
  EXPECT_EQ(explained.at("reasons").at(0).at("code").as_string(), "waits_for_the_wire");
  EXPECT_EQ(explained.at("daemon").at("ahead_for_the_wire").as_int64(), 1);
}

TEST(Control, WatchPrintsOnePictureAfterTheOtherIntoAPipe) {
  const Deployment deployment;
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return answers(deployment); }));
  ChildProcess watch{deployment.command({"status", "--watch", "--interval", "200ms"})};
  const auto pictures = [&] {
    const std::string output = watch.standard_output();
    std::size_t count = 0;
    for (auto at = output.find("waiting since"); at != std::string::npos;
         at = output.find("waiting since", at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_TRUE(wait_until([&] { return pictures() >= 3; }));
  EXPECT_EQ(watch.standard_output().find('\x1b'), std::string::npos);
  watch.send_signal(SIGINT);
  const auto ended = watch.wait(std::chrono::seconds{5});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 0);
}

TEST(Control, SurvivesWhateverIsSaidToIt) {
  const Deployment deployment;
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] { return answers(deployment); }));
  Asker asker{socket_of(deployment)};
  ASSERT_TRUE(asker.connected());
  for (const char* nonsense : {"",
                               "nonsense",
                               "[]",
                               "{}",
                               R"({"command":7})",
                               R"({"command":"no such thing"})",
                               R"({"command":"explain"})"}) {
    const std::string answer = asker.ask(nonsense);
    ASSERT_FALSE(answer.empty()) << nonsense;
    EXPECT_FALSE(json::parse(answer).at("ok").as_bool()) << nonsense;
  }
  EXPECT_TRUE(json::parse(asker.ask(R"({"command":"status"})")).at("ok").as_bool());
  // Two questions at once, and one in pieces.
  asker.say("{\"command\":\"status\"}\n{\"comm");
  EXPECT_FALSE(asker.hear().empty());
  asker.say("and\":\"status\"}\n");
  EXPECT_FALSE(asker.hear().empty());
  // A line without end closes the connection, and only that one.
  Asker endless{socket_of(deployment)};
  endless.say(std::string(100'000, 'x'));
  EXPECT_EQ(endless.hear(), "");
  // Many that say nothing take no place from whoever asks for long.
  {
    std::vector<std::unique_ptr<Asker>> silent;
    for (int i = 0; i < 40; ++i) {
      silent.push_back(std::make_unique<Asker>(socket_of(deployment)));
    }
  }
  EXPECT_TRUE(wait_until([&] { return answers(deployment); }));
}

TEST(Control, HasASocketForItsGroupThatComesBackAfterAKill) {
  const Deployment deployment;
  struct stat found{};
  {
    const auto daemon = deployment.start();
    ASSERT_TRUE(wait_until([&] { return answers(deployment); }));
    ASSERT_EQ(::stat(socket_of(deployment).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
    daemon->send_signal(SIGKILL);
    ASSERT_TRUE(daemon->wait(std::chrono::seconds{5}));
  }
  EXPECT_EQ(asked(deployment, {"status"}).at("daemon_not_asked").as_string(), "no daemon runs");
  const auto again = deployment.start();
  EXPECT_TRUE(wait_until([&] { return answers(deployment); }));
  again->send_signal(SIGTERM);
  ASSERT_TRUE(again->wait(std::chrono::seconds{10}));
  EXPECT_NE(::stat(socket_of(deployment).c_str(), &found), 0) << "an orderly stop takes it away";
}

}  // namespace
}  // namespace rfi::test
