#include "input/document_judge.hpp"

#include "input/rfi_document.hpp"
#include "output/words.hpp"

#include "rfi/allowlist/body.hpp"

#include <fmt/format.h>

#include <variant>

namespace rfi::daemon {
namespace {

using Faults = std::vector<DocumentFault>;

// What a row costs beside its texts, so that many tiny ones do not fill the memory unseen.
constexpr std::size_t kRowOverhead = 256;

void refuse(const std::string& file,
            std::uint64_t first_line,
            const Faults& faults,
            JudgedBatch& batch) {
  for (const auto& fault : faults) {
    batch.problems.add(fmt::format("{}:{}: {}", file, first_line + fault.line - 1, fault.message));
  }
}

}  // namespace

void DocumentJudge::judge(const std::string& source,
                          const RawDocument& document,
                          JudgedBatch& batch) const {
  auto parsed = parse_rfi_document(document.text, Inside::left);
  std::optional<std::string> refusal;
  const auto* rfi = std::get_if<queue::NewRfi>(&parsed);
  if (rfi != nullptr) {
    refusal = allowlist::project(rfi->requested, rfi->documents, settings_).refusal;
  }
  // The projection reads both texts as strictly as the parser would: each is judged once, and only
  // what was refused is read again, for all its faults and where they lie.
  if (rfi == nullptr || refusal) {
    parsed = parse_rfi_document(document.text);
  }
  if (const auto* faults = std::get_if<Faults>(&parsed)) {
    refuse(source, document.line, *faults, batch);
    return;
  }
  keep(source, document.line, std::get<queue::NewRfi>(std::move(parsed)), refusal, batch);
}

void DocumentJudge::judge_webhook(const std::string& event_file,
                                  std::string_view event,
                                  const std::string& documents_file,
                                  std::string_view documents,
                                  JudgedBatch& batch) const {
  auto parsed = parse_webhook(event, documents);
  if (const auto* faults = std::get_if<WebhookFaults>(&parsed)) {
    refuse(event_file, 1, faults->event, batch);
    refuse(documents_file, 1, faults->documents, batch);
    return;
  }
  auto rfi = std::get<queue::NewRfi>(std::move(parsed));
  const auto refusal = allowlist::project(rfi.requested, rfi.documents, settings_).refusal;
  keep(event_file, 1, std::move(rfi), refusal, batch);
}

// What cannot be sent as it is goes in all the same: the policy may change before it is due.
void DocumentJudge::keep(const std::string& source,
                         std::uint64_t line,
                         queue::NewRfi rfi,
                         const std::optional<std::string>& refusal,
                         JudgedBatch& batch) const {
  if (refusal) {
    batch.warnings.add(fmt::format("warning: {}:{}: {} would become failed (invalid): {}",
                                   source,
                                   line,
                                   printable(rfi.reference),
                                   printable(*refusal)));
  }
  if (rfi.deadline && *rfi.deadline <= now_) {
    batch.warnings.add(
        fmt::format("warning: {}:{}: {} would become failed (expired): its deadline {} "
                    "has passed (are those Unix milliseconds?)",
                    source,
                    line,
                    printable(rfi.reference),
                    time_words(rfi.deadline)));
  }
  batch.bytes += rfi.requested.size() + rfi.documents.size() + rfi.reference.size() + kRowOverhead;
  batch.rows.push_back(std::move(rfi));
}

}  // namespace rfi::daemon
