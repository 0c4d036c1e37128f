// From a producer's commit to the first byte at the API: an idle daemon, a warm connection, one RFI
// at a time. The producer and the API are in this process, so that one clock sees both ends.
//
// Usage: latency_bench RFI_SUBMITD ROLLBACK_OR_WAL COUNT; prints one JSON object.
#include "support/certificates.hpp"
#include "support/child_process.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rfi::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kDocuments =
    R"({"proof_of_address":{"type":"UTILITY_BILL","country":"USA","files":[{"uri":"/a.pdf"}]}})";

/// Notes when each PATCH came.
class Arrivals {
 public:
  void note() {
    {
      const std::scoped_lock lock(mutex_);
      at_.push_back(Clock::now());
    }
    came_.notify_all();
  }

  /// When the `number`-th came; throws if it does not within ten seconds.
  Clock::time_point wait_for(std::size_t number) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, std::chrono::seconds{10}, [&] { return at_.size() >= number; })) {
      throw std::runtime_error(fmt::format("request {} never came", number));
    }
    return at_[number - 1];
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Clock::time_point> at_;
};

std::string token() {
  return R"({"data":{"access_token":"t","access_token_ttl":"2030-01-02 00:00:00+00",)"
         R"("refresh_token":"r","refresh_token_ttl":"2030-01-08 00:00:00+00",)"
         R"("current_time":"2030-01-01 00:00:00+00"}})";
}

ScriptedServer::Script serve(Arrivals& arrivals) {
  return [&arrivals](Peer& peer) {
    if (!peer.handshake()) {
      return;
    }
    for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
      const bool patch = text.starts_with("PATCH");
      if (patch) {
        arrivals.note();
      }
      peer.write(http_answer(200, patch ? R"({"data":{}})" : token()));
    }
  };
}

/// A producer with one connection to the queue, as any program would have it.
class Producer {
 public:
  explicit Producer(const std::filesystem::path& queue) {
    if (sqlite3_open(queue.c_str(), &database_) != SQLITE_OK ||
        sqlite3_busy_timeout(database_, 10'000) != SQLITE_OK ||
        sqlite3_prepare_v2(database_,
                           "INSERT INTO rfi (reference, customer_id, requested, documents) "
                           "VALUES (?, ?, '[\"proof_of_address\"]', ?)",
                           -1,
                           &insert_,
                           nullptr) != SQLITE_OK) {
      throw std::runtime_error("the producer cannot open the queue");
    }
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  Producer(Producer&&) = delete;
  Producer& operator=(Producer&&) = delete;
  ~Producer() {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }

  /// When the commit had returned.
  Clock::time_point insert(std::size_t number) {
    const std::string reference = fmt::format("latency-{}", number);
    const std::string customer = fmt::format("{:08x}-0000-4000-8000-000000000000", number);
    bind(1, reference);
    bind(2, customer);
    bind(3, kDocuments);
    const int result = sqlite3_step(insert_);
    const auto committed = Clock::now();
    sqlite3_reset(insert_);
    if (result != SQLITE_DONE) {
      throw std::runtime_error("the producer's insert failed");
    }
    return committed;
  }

 private:
  void bind(int position, std::string_view text) {
    sqlite3_bind_text(
        insert_, position, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

ChildOptions daemon_options(const std::string& binary,
                            const std::filesystem::path& directory,
                            std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--config", (directory / "rfi-submitd.toml").string()});
  ChildOptions options;
  options.program = binary;
  options.arguments = std::move(arguments);
  return options;
}

void configure(const std::filesystem::path& directory, std::uint16_t port, bool wal) {
  std::ofstream(directory / "secret") << "bench\n";
  std::filesystem::permissions(directory / "secret", std::filesystem::perms::owner_read);
  std::ofstream(directory / "rfi-submitd.toml") << fmt::format(
      "[queue]\npath = \"{0}/queue.db\"\n{1}[api]\nbase_url = \"https://localhost:{2}\"\n"
      "ca_file = \"{0}/ca.pem\"\n[auth]\nclient_id = \"bench\"\n"
      "client_secret_file = \"{0}/secret\"\n",
      directory.string(),
      wal ? "journal = \"wal\"\naccept_wal_reset_bug = true\n" : "",
      port);
}

double quantile(const std::vector<double>& sorted, double part) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(part * last + 0.5)];
}

void run(const std::string& binary, bool wal, std::size_t count) {
  const TemporaryDirectory directory;
  const CertificateAuthority authority{directory.path()};
  Arrivals arrivals;
  ScriptedServer::Options options;
  options.certificate = authority.issue_server("server");
  const ScriptedServer server{options, {serve(arrivals)}};
  configure(directory.path(), server.port(), wal);
  if (ChildProcess migrate{daemon_options(binary, directory.path(), {"migrate"})};
      migrate.wait(std::chrono::seconds{10}) != ExitStatus{}) {
    throw std::runtime_error("migrate failed: " + migrate.standard_error());
  }
  ChildProcess daemon{daemon_options(binary, directory.path(), {"run"})};
  Producer producer{directory.path() / "queue.db"};
  constexpr std::size_t kWarmUp = 20;
  std::vector<double> taken;
  for (std::size_t number = 1; number <= count + kWarmUp; ++number) {
    const auto committed = producer.insert(number);
    const auto arrived = arrivals.wait_for(number);
    if (number > kWarmUp) {
      taken.push_back(std::chrono::duration<double, std::milli>(arrived - committed).count());
    }
    // Until it is idle again; an odd number, so that no rhythm of the daemon is met.
    std::this_thread::sleep_for(milliseconds{7 + number % 13});
  }
  daemon.send_signal(SIGTERM);
  (void)daemon.wait(std::chrono::seconds{10});
  std::ranges::sort(taken);
  std::puts(fmt::format(R"({{"count":{},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f}}})",
                        taken.size(),
                        quantile(taken, 0.5),
                        quantile(taken, 0.99),
                        taken.back())
                .c_str());
}

}  // namespace
}  // namespace rfi::test

int main(int argc, char** argv) {
  try {
    if (argc != 4) {
      throw std::runtime_error("usage: latency_bench RFI_SUBMITD rollback|wal COUNT");
    }
    rfi::test::run(argv[1], std::string_view{argv[2]} == "wal", std::stoul(argv[3]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "latency_bench: %s\n", error.what());
    return 1;
  }
}
