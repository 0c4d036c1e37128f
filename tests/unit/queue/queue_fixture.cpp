#include "unit/queue/queue_fixture.hpp"

#include "rfi/queue/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <variant>

namespace rfi::queue::test {

TemporaryDirectory::TemporaryDirectory() {
  auto pattern = (std::filesystem::temp_directory_path() / "rfi-queue-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Producer::Producer(const std::filesystem::path& path, TrustedSchema trusted, Triggers triggers)
    : handle_(nullptr, &sqlite3_close) {
  sqlite3* handle = nullptr;
  if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) {
    throw std::runtime_error("cannot open " + path.string());
  }
  handle_.reset(handle);
  sqlite3_busy_timeout(handle, 10'000);
  // Nobody pulls the plug in these tests, and the disk is slow.
  sqlite3_exec(handle, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
  sqlite3_db_config(
      handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, trusted == TrustedSchema::on ? 1 : 0, nullptr);
  sqlite3_db_config(
      handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, triggers == Triggers::fire ? 1 : 0, nullptr);
}

std::string Producer::run(const std::string& sql) const {
  char* message = nullptr;
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, &message);
  std::string text = message != nullptr ? message : "";
  sqlite3_free(message);
  if (code != SQLITE_OK && text.empty()) {
    text = sqlite3_errstr(code);
  }
  return text;
}

std::string Producer::text(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(fmt::format("{}: {}", sql, sqlite3_errmsg(handle())));
  }
  std::string found = "none";
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const auto* value = static_cast<const char*>(sqlite3_column_blob(statement, 0));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, 0));
    const bool null = sqlite3_column_type(statement, 0) == SQLITE_NULL;
    found = null ? "NULL" : std::string(value != nullptr ? value : "", size);
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    throw std::runtime_error(fmt::format("{}: {}", sql, sqlite3_errmsg(handle())));
  }
  return found;
}

std::int64_t Producer::insert(const std::string& reference,
                              int customer_number,
                              const std::string& columns,
                              const std::string& values) {
  const auto error =
      run(fmt::format("INSERT INTO rfi (reference, customer_id, requested, documents{}) "
                      "VALUES ('{}', '{}', '[\"proof_of_address\"]', '{{\"reference\":\"{}\"}}'{})",
                      columns,
                      reference,
                      customer(customer_number),
                      reference,
                      values));
  EXPECT_EQ(error, "") << reference;
  return sqlite3_last_insert_rowid(handle());
}

std::string customer(int number) {
  return fmt::format("00000000-0000-4000-8000-{:012}", number);
}

QueueTest::QueueTest() : path_(directory_.path() / "queue.db") {
  const auto result = migrate(path_);
  if (!std::holds_alternative<Migrated>(result)) {
    throw std::runtime_error(std::get<MigrationRefused>(result).reason);
  }
}

}  // namespace rfi::queue::test
