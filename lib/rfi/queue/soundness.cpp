#include "rfi/queue/soundness.hpp"

#include "rfi/queue/schema.hpp"
#include "rfi/queue/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

namespace rfi::queue {
namespace {

std::string damage_words(const std::filesystem::path& queue, const std::string& found) {
  return fmt::format(
      "the queue {} is damaged and is left as it is ({}): stop all producers, keep a copy of the "
      "file and of its journal, and restore a backup, or save what can be read with `sqlite3 {} "
      ".recover`",
      queue.string(),
      found,
      queue.string());
}

/// In an older queue, which has other columns, nobody has written any.
std::int64_t rows_in_no_state(const Database& database) {
  if (schema_text(database) != expected_schema_text()) {
    return 0;
  }
  return database
      .integer_of(
          "SELECT count(*) FROM rfi WHERE state NOT IN ('pending', 'submitting', 'submitted', "
          "'failed', 'cancelled') OR (state = 'pending' AND waiting_for NOT IN ('time', "
          "'customer'))")
      .value_or(0);
}

}  // namespace

Soundness check_soundness(const std::filesystem::path& queue, std::uintmax_t largest) {
  const auto started = std::chrono::steady_clock::now();
  Soundness soundness;
  std::error_code missing;
  soundness.bytes = std::filesystem::file_size(queue, missing);
  if (missing || soundness.bytes == 0) {
    soundness.bytes = 0;
    return soundness;
  }
  if (soundness.bytes > largest) {
    soundness.state = Soundness::State::too_large;
    return soundness;
  }
  try {
    const Database database(queue, OpenMode::read_write);
    // What a producer has put past a CHECK is no damage: such a row fails by itself.
    database.execute("PRAGMA ignore_check_constraints = ON");
    const auto answer = database.text_of("PRAGMA quick_check(1)").value_or("no answer");
    if (answer != "ok") {
      soundness.state = Soundness::State::damaged;
      soundness.detail = damage_words(queue, answer);
    } else if (const auto odd = rows_in_no_state(database); odd > 0) {
      soundness.detail = fmt::format(
          "rows in a state that does not exist: {}; they were written past the constraints of the "
          "queue and nobody will ever look at them: delete them with sqlite3 (cancel those that "
          "are pending), and stop whoever writes such rows",
          odd);
    }
  } catch (const SqliteError& error) {
    if (error.primary() != SQLITE_CORRUPT) {
      throw;
    }
    soundness.state = Soundness::State::damaged;
    soundness.detail = damage_words(queue, sqlite3_errstr(SQLITE_CORRUPT));
  }
  soundness.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  return soundness;
}

}  // namespace rfi::queue
