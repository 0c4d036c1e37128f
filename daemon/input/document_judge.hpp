// Judges documents one by one: which rows they make, what is wrong with them, and what would become
// of a row that can be stored but not sent.
#pragma once

#include "input/document_reader.hpp"
#include "input/messages.hpp"

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/policy/utc_time.hpp"
#include "rfi/queue/producer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rfi::daemon {

/// Documents in their order, judged.
struct JudgedBatch {
  std::vector<queue::NewRfi> rows;
  std::size_t bytes = 0;  ///< that the rows keep in memory
  Messages problems;      ///< with any, nothing of the input may be queued
  Messages warnings;
};

/// For one thread.
class DocumentJudge {
 public:
  /// `now`: a deadline before it is warned of.
  DocumentJudge(allowlist::Settings settings, policy::UtcTime now)
      : settings_(std::move(settings)), now_(now) {}

  /// Adds the row that the document makes, or what is wrong with it. `source` is what messages call
  /// the input.
  void judge(const std::string& source, const RawDocument& document, JudgedBatch& batch) const;
  /// The same for an event and its documents, whose names are those of their files.
  void judge_webhook(const std::string& event_file,
                     std::string_view event,
                     const std::string& documents_file,
                     std::string_view documents,
                     JudgedBatch& batch) const;

 private:
  void keep(const std::string& source,
            std::uint64_t line,
            queue::NewRfi rfi,
            const std::optional<std::string>& refusal,
            JudgedBatch& batch) const;

  allowlist::Settings settings_;
  policy::UtcTime now_;
};

}  // namespace rfi::daemon
