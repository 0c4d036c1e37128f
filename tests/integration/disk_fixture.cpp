#include "integration/disk_fixture.hpp"

#include "support/wait_until.hpp"

#include <sqlite3.h>

#include <csignal>
#include <stdexcept>

namespace rfi::test {

using namespace std::chrono_literals;

Stranger::Stranger(const std::filesystem::path& queue) {
  if (sqlite3_open_v2(queue.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
    throw std::runtime_error("cannot open " + queue.string());
  }
  sqlite3_busy_timeout(handle_, 20'000);
}

Stranger::~Stranger() {
  sqlite3_close_v2(handle_);
}

void Stranger::run(const std::string& sql) {
  EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sql << ": " << sqlite3_errmsg(handle_);
}

std::string Stranger::text(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
  std::string found;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    const auto* value = static_cast<const char*>(sqlite3_column_blob(statement, 0));
    found = value != nullptr
                ? std::string(value, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)))
                : "";
  }
  sqlite3_finalize(statement);
  return found;
}

DeploymentOptions DiskTest::patient() {
  DeploymentOptions options;
  options.api = "request_timeout = \"30s\"\n";
  options.retry = "initial_delay = \"50ms\"\nmax_delay = \"200ms\"\n";
  return options;
}

DiskTest::DiskTest(const DeploymentOptions& options) : deployment_(options) {}

void DiskTest::start() {
  auto command = deployment_.command({"run"});
  command.environment["LD_PRELOAD"] = RFI_DISK_FAULTS;
  command.environment["RFI_FAULT_PREFIX"] = deployment_.queue().string();
  command.environment["RFI_FAULT_CONTROL"] = (deployment_.directory() / "faults").string();
  // The sanitizer wants to be the first library; it only needs to be there.
  command.environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
  daemon_ = std::make_unique<ChildProcess>(command);
  ASSERT_TRUE(daemon_->wait_for_output("service.ready", 20s)) << daemon_->standard_error();
}

void DiskTest::fail(const std::string& calls) const {
  // Renamed into place, so that no half of it is ever read.
  write_file(deployment_.directory() / "faults.new", calls);
  std::filesystem::rename(deployment_.directory() / "faults.new",
                          deployment_.directory() / "faults");
}

void DiskTest::heal() const {
  std::filesystem::remove(deployment_.directory() / "faults");
}

void DiskTest::delay_next(std::chrono::milliseconds delay) {
  deployment_.sandbox().add_faults(
      R"({"match":{"method":"PATCH"},"times":1,"action":{"kind":"slow","delay_ms":)" +
      std::to_string(delay.count()) + "}}");
}

void DiskTest::enqueue(const std::string& reference, unsigned customer) const {
  deployment_.enqueue(reference,
                      customer_id(customer),
                      R"(["proof_of_address.files"])",
                      R"({"proof_of_address":{"type":"X","files":[{"uri":"/a.pdf"}]}})");
}

bool DiskTest::on_the_wire() {
  return wait_until(
      [&] { return deployment_.sandbox().summary().at("in_flight").to_number<int>() > 0; });
}

std::size_t DiskTest::patches() {
  return deployment_.sandbox().requests("method=PATCH").size();
}

bool DiskTest::says_blocked() {
  return daemon_->wait_for_output("queue.blocked", 20s);
}

bool DiskTest::becomes(const std::string& reference,
                       const std::string& state,
                       std::chrono::seconds limit) const {
  return wait_until([&] { return deployment_.state(reference) == state; }, limit);
}

std::vector<bool> DiskTest::blocked_lines() const {
  std::vector<bool> found;
  for (const auto& line : log_lines(daemon_->standard_output())) {
    if (line.at("event") == "queue.blocked") {
      found.push_back(line.at("blocked").as_bool());
    }
  }
  return found;
}

std::string DiskTest::reason() const {
  std::string found;
  for (const auto& line : log_lines(daemon_->standard_output())) {
    if (line.at("event") == "queue.blocked" && line.at("blocked").as_bool()) {
      found = line.at("detail").as_string().c_str();
    }
  }
  return found;
}

int DiskTest::stop() {
  daemon_->send_signal(SIGTERM);
  const auto ended = daemon_->wait(60s);
  return ended ? ended->code : -1;
}

}  // namespace rfi::test
