// A name server that knows one answer for all names, none, or says nothing at all.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rfi::test {

/// Answers questions for A and AAAA over UDP at port 53 of an address of this machine (so only in a
/// network of one's own, see isolated_network.hpp), on a thread of its own.
class NameServer {
 public:
  enum class Manner { answers, no_such_name, fails, silent };

  /// Throws std::runtime_error when it cannot listen.
  explicit NameServer(const std::string& address, Manner manner = Manner::answers);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  NameServer(NameServer&&) = delete;
  NameServer& operator=(NameServer&&) = delete;

  /// What every name leads to from now on: addresses of both families.
  void answer(std::vector<std::string> addresses);
  void behave(Manner manner) { manner_ = manner; }
  [[nodiscard]] std::size_t questions() const { return questions_; }

 private:
  void serve();
  [[nodiscard]] std::string answer_to(const std::string& packet);

  int socket_ = -1;
  std::atomic<Manner> manner_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> questions_ = 0;
  std::mutex mutex_;
  std::vector<std::string> addresses_;
  std::thread thread_;
};

}  // namespace rfi::test
