// What the running daemon leaves in its memory, and who may look: no core dump, and no copy of the
// secret, a token or a request's head outside the objects that hold them.
#include "integration/deployment.hpp"
#include "support/wait_until.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

constexpr const char* kRequested = R"(["proof_of_address.files"])";
constexpr const char* kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","files":[{"uri":"/a.pdf"}]}})";

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The writable memory of a process; nothing if it may not be read.
class Memory {
 public:
  explicit Memory(pid_t process)
      : process_("/proc/" + std::to_string(process)),
        descriptor_(::open((process_ + "/mem").c_str(), O_RDONLY | O_CLOEXEC)) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  Memory(Memory&&) = delete;
  Memory& operator=(Memory&&) = delete;
  ~Memory() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  [[nodiscard]] bool readable() const { return descriptor_ >= 0; }

  /// How often `text` stands in it.
  [[nodiscard]] std::size_t count(std::string_view text) const {
    std::size_t found = 0;
    std::istringstream maps{read_file(process_ + "/maps")};
    for (std::string line; std::getline(maps, line);) {
      std::uintptr_t begin = 0;
      std::uintptr_t end = 0;
      char dash = 0;
      std::string rights;
      std::istringstream fields{line};
      fields >> std::hex >> begin >> dash >> end >> rights;
      if (rights.starts_with("rw")) {
        found += count_in(begin, end, text);
      }
    }
    return found;
  }

 private:
  [[nodiscard]] std::size_t count_in(std::uintptr_t begin,
                                     std::uintptr_t end,
                                     std::string_view text) const {
    std::string bytes(end - begin, '\0');
    const ssize_t size =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    std::size_t found = 0;
    for (auto at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) {
      ++found;
    }
    return found;
  }

  std::string process_;
  int descriptor_;
};

TEST(Memory, NoCoreIsDumped) {
  const Deployment deployment;
  const auto daemon = deployment.start();
  const std::string process = "/proc/" + std::to_string(daemon->pid());
  std::istringstream limits{read_file(process + "/limits")};
  std::string line;
  while (std::getline(limits, line) && !line.starts_with("Max core file size")) {
  }
  std::istringstream words{line.substr(std::string_view{"Max core file size"}.size())};
  std::string soft;
  std::string hard;
  words >> soft >> hard;
  EXPECT_EQ(soft, "0");
  EXPECT_EQ(hard, "0");
#ifndef __SANITIZE_ADDRESS__
  // A process that may not be dumped belongs to root in /proc, whoever runs it.
  struct stat status{};
  ASSERT_EQ(::stat((process + "/mem").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 0U);
  if (::geteuid() != 0) {
    EXPECT_FALSE(Memory{daemon->pid()}.readable());
  }
#endif
}

TEST(Memory, NothingOfARequestStaysBehindIt) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's shadow memory is too large to be searched";
#endif
  DeploymentOptions options;
  options.sandbox_arguments = {"--open-customers", "--token-ttl", "3"};
  Deployment deployment{options};
  for (unsigned i = 0; i < 50; ++i) {
    deployment.enqueue("row-" + std::to_string(i), customer_id(i), kRequested, kDocuments);
  }
  const auto daemon = deployment.start();
  ASSERT_TRUE(wait_until([&] {
    return deployment.sandbox().summary().at("patches_accepted").to_number<int>() == 50;
  }));
  // One more by a token that was refreshed.
  ASSERT_TRUE(daemon->wait_for_output("token.issued", std::chrono::seconds{10}));
  std::this_thread::sleep_for(std::chrono::seconds{4});
  deployment.enqueue("late", customer_id(99), kRequested, kDocuments);
  ASSERT_TRUE(wait_until([&] { return deployment.state("late") == "submitted"; }));
  const Memory memory{daemon->pid()};
  if (!memory.readable()) {
    GTEST_SKIP() << "only root may read the daemon's memory";
  }
  ASSERT_GE(memory.count(kSandboxClientSecret), 1U) << "the search itself finds nothing";
  EXPECT_LE(memory.count(kSandboxClientSecret), 2U) << "the secret itself";
  EXPECT_EQ(memory.count("client_secret\":\""), 0U) << "the request for a token";
  EXPECT_EQ(memory.count("access_token\":\""), 0U) << "the answer with a token";
  EXPECT_EQ(memory.count("refresh_token\":\""), 0U) << "the request for a refreshed token";
  EXPECT_EQ(memory.count("Authorization: Bearer "), 0U) << "a request with a token";
}

}  // namespace
}  // namespace rfi::test
