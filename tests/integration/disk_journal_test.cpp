// The stress that corrupts a WAL with SQLite before 3.51.3, against the journal that the daemon
// chooses: producers commit, one process checkpoints in a loop. RFI_JOURNAL_STRESS_SECONDS sets how
// long (default 3), in rounds of 5 s on a new queue each; RFI_JOURNAL_STRESS=wal shows the defect.
#include "support/temporary_directory.hpp"

#include "rfi/queue/schema.hpp"
#include "rfi/queue/store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <vector>

namespace rfi::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr int kProducers = 3;

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)>;

Connection open(const std::filesystem::path& queue) {
  sqlite3* handle = nullptr;
  sqlite3_open_v2(queue.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_busy_timeout(handle, 10'000);
  return {handle, &sqlite3_close_v2};
}

/// Inserts until `end` and writes how many inserts were acknowledged.
void produce(const std::filesystem::path& queue, int producer, Clock::time_point end, int result) {
  const auto connection = open(queue);
  int acknowledged = 0;
  for (int row = 0; Clock::now() < end; ++row) {
    const auto sql = fmt::format(
        "INSERT INTO rfi (reference, customer_id, requested, documents) VALUES ('p{}-{}', "
        "'00000000-0000-4000-8000-{:012}', '[]', '{{\"a\":\"{}\"}}')",
        producer,
        row,
        row % 50,
        std::string(static_cast<std::size_t>(row % 3000), 'x'));
    acknowledged +=
        sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? 1 : 0;
  }
  (void)!::write(result, &acknowledged, sizeof(acknowledged));
}

void checkpoint(const std::filesystem::path& queue, Clock::time_point end) {
  const auto connection = open(queue);
  while (Clock::now() < end) {
    sqlite3_exec(connection.get(), "PRAGMA wal_checkpoint(RESTART)", nullptr, nullptr, nullptr);
  }
}

/// The daemon's part: claims and records until `end`.
void serve(queue::Store& store, Clock::time_point end) {
  queue::Exchange next;
  while (Clock::now() < end) {
    next.now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    next.claim_limit = 16;
    try {
      const auto result = store.exchange(next);
      next.closings.clear();
      for (const queue::Claim& claim : result.claims) {
        queue::Closing closing;
        closing.attempt = claim.attempt;
        closing.outcome = policy::Outcome::accepted;
        closing.finished_at = next.now;
        closing.next = policy::Finish{};
        next.closings.push_back(closing);
      }
      if (store.wal_is_long()) {
        store.shorten_wal();
      }
    } catch (const queue::SqliteError& error) {
      ASSERT_TRUE(error.may_pass()) << error.what();
    }
  }
}

class JournalStress : public ::testing::Test {
 protected:
  static queue::JournalMode mode() {
    const char* wanted = std::getenv("RFI_JOURNAL_STRESS");
    const bool wal = wanted != nullptr && std::string(wanted) == "wal";
    return std::get<queue::JournalMode>(
        queue::choose_journal(wal ? queue::JournalChoice::wal : queue::JournalChoice::automatic,
                              queue::WalResetBug::accept,
                              queue::linked_sqlite_version()));
  }

  static void round(std::chrono::milliseconds length) {
    const TemporaryDirectory directory;
    const auto path = directory / "queue.db";
    (void)queue::migrate(path);
    queue::StoreOptions options;
    options.path = path;
    options.journal = mode();
    options.version = "1";
    options.settings.policy_sha256 = "1";
    options.settings.prepare =
        [](const queue::Candidate& candidate) -> std::variant<queue::Prepared, queue::Unsendable> {
      return queue::Prepared{candidate.documents, "hash", {}, {}, {}};
    };
    const auto end = Clock::now() + length;
    std::array<int, 2> results{};
    ASSERT_EQ(::pipe(results.data()), 0);
    std::vector<pid_t> children;
    for (int child = 0; child <= kProducers; ++child) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        if (child < kProducers) {
          produce(path, child, end, results[1]);
        } else {
          checkpoint(path, end);
        }
        ::_exit(0);
      }
      children.push_back(pid);
    }
    auto store = std::make_unique<queue::Store>(std::move(options));
    serve(*store, end);
    std::int64_t acknowledged = 0;
    for (int producer = 0; producer < kProducers; ++producer) {
      int count = 0;
      ASSERT_EQ(::read(results[0], &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
      acknowledged += count;
    }
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
    }
    ::close(results[0]);
    ::close(results[1]);
    store.reset();
    const queue::Database database(path, queue::OpenMode::read_write);
    EXPECT_EQ(database.text_of("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(database.integer_of("SELECT count(*) FROM rfi"), acknowledged);
    EXPECT_GT(acknowledged, 0);
    fmt::print(
        "{} s: {} rows acknowledged, {} submitted\n",
        std::chrono::duration_cast<std::chrono::seconds>(length).count(),
        acknowledged,
        database.integer_of("SELECT count(*) FROM rfi WHERE state = 'submitted'").value_or(0));
  }
};

TEST_F(JournalStress, CorruptsNothingWithTheJournalThatTheDaemonChooses) {
  const char* text = std::getenv("RFI_JOURNAL_STRESS_SECONDS");
  const std::chrono::seconds length(text != nullptr ? std::atoi(text) : 3);
  for (auto done = 0s; done < length && !HasFailure(); done += 5s) {
    round(std::min<std::chrono::milliseconds>(5s, length - done));
  }
}

}  // namespace
}  // namespace rfi::test
