// What the file holds against what was told.
#include "power/scenario.hpp"

#include "rfi/queue/sqlite.hpp"

#include <fmt/format.h>

#include <array>

namespace rfi::power {

using namespace std::chrono_literals;

namespace {

/// What the file may say of an attempt that nobody was told of.
bool was_never_sent(const std::string& outcome) {
  return outcome == "unknown" || outcome == "not_sent";
}

}  // namespace

std::size_t Scenario::rows_left() const {
  const queue::Database database(path_, queue::OpenMode::read_write, 1ms);
  const auto left =
      database.integer_of("SELECT count(*) FROM rfi WHERE state IN ('pending', 'submitting')");
  return static_cast<std::size_t>(left.value_or(0));
}

Findings Scenario::compare() {
  Findings findings;
  try {
    const queue::Database database(path_, queue::OpenMode::read_write, 1ms);
    const auto sound = database.text_of("PRAGMA integrity_check");
    if (sound != "ok") {
      findings.corrupt.push_back(sound.value_or("no answer"));
      return findings;
    }
    compare_attempts(findings, database);
    compare_rows(findings, database);
  } catch (const queue::SqliteError& error) {
    findings.corrupt.emplace_back(error.what());
  }
  return findings;
}

void Scenario::compare_attempts(Findings& findings, const queue::Database& database) {
  std::map<Key, std::string> found;
  queue::Statement all(database, "SELECT rfi_id, number, ifnull(outcome, 'open') FROM attempt");
  auto rows = all.query();
  while (rows.next()) {
    found.emplace(Key{rows.integer(0), rows.integer(1)}, rows.text(2));
  }
  for (auto& [key, allowed] : attempts_) {
    const auto at = found.find(key);
    const std::string actual = at == found.end() ? "absent" : at->second;
    // A number that was taken back may be given again by an exchange that was never answered.
    const bool given_again = allowed == Allowed{"absent"} && was_never_sent(actual);
    if (!allowed.contains(actual) && !given_again) {
      findings.lost.push_back(fmt::format("attempt {} of row {} is {} and should be {}",
                                          key.second,
                                          key.first,
                                          actual,
                                          fmt::join(allowed, " or ")));
    }
    allowed = {actual};
  }
  for (const auto& [key, outcome] : found) {
    // An exchange that was never answered may have opened it; nothing was sent for it.
    if (!attempts_.contains(key) && !was_never_sent(outcome)) {
      findings.lost.push_back(fmt::format(
          "attempt {} of row {} is {} and nobody made it", key.second, key.first, outcome));
    }
    attempts_.try_emplace(key, Allowed{outcome});
  }
}

void Scenario::compare_rows(Findings& findings, const queue::Database& database) {
  std::set<std::string> references;
  std::map<std::int64_t, std::string> states;
  queue::Statement all(database, "SELECT id, reference, state FROM rfi");
  auto rows = all.query();
  while (rows.next()) {
    references.insert(rows.text(1));
    states.emplace(rows.integer(0), rows.text(2));
  }
  for (const std::string& reference : acknowledged_) {
    if (!references.contains(reference)) {
      findings.lost.push_back(reference + " was acknowledged and is gone");
    }
  }
  std::erase_if(states_, [&](const auto& expected) {
    const auto& [row, allowed] = expected;
    const auto state = states.find(row);
    const std::string actual = state == states.end() ? "gone" : state->second;
    if (!allowed.contains(actual)) {
      findings.lost.push_back(
          fmt::format("row {} is {} and should be {}", row, actual, fmt::join(allowed, " or ")));
    }
    return actual == "pending";
  });
  // Each of these counts rows that must not be.
  for (const std::string& sql :
       {std::string("SELECT count(*) FROM (SELECT 1 FROM attempt GROUP BY rfi_id "
                    "HAVING count(*) <> max(number) OR min(number) <> 1)"),
        std::string(
            "SELECT count(*) FROM rfi WHERE (state = 'submitting') <> (SELECT count(*) FROM "
            "attempt WHERE rfi_id = rfi.id AND finished_at IS NULL)"),
        std::string("SELECT count(*) FROM rfi WHERE attempts > (SELECT count(*) FROM attempt WHERE "
                    "rfi_id = rfi.id)"),
        std::string("SELECT count(*) FROM (SELECT 1 FROM rfi WHERE state = 'submitting' GROUP BY "
                    "customer_id HAVING count(*) > 1)"),
        std::string("SELECT count(*) FROM tally WHERE count <> (SELECT count(*) FROM rfi WHERE "
                    "rfi.state = tally.state AND ifnull(rfi.failure, '') = tally.failure)")}) {
    if (database.integer_of(sql) != 0) {
      findings.lost.push_back("does not hold: " + sql);
    }
  }
}

}  // namespace rfi::power
