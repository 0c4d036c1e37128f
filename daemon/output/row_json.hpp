// A row of the queue as `--json` shows it, the same in every command.
#pragma once

#include "output/json_writer.hpp"

#include "rfi/queue/lookup.hpp"

#include <string>
#include <vector>

namespace rfi::daemon {

/// The row's members, inside an object that the caller begins and ends. Never a document's value.
void write_row(JsonWriter& json, const queue::RfiRow& row);

/// `attempt.fields` taken apart; none for a text that is no JSON array of strings.
[[nodiscard]] std::vector<std::string> field_paths(const queue::AttemptRow& attempt);

void write_attempt(JsonWriter& json, const queue::AttemptRow& attempt);

}  // namespace rfi::daemon
