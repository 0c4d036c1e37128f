// What `enqueue` reads: a stream is cut into documents, a document becomes a row that the queue
// takes, byte for byte, or faults with lines and no values. Pieces: the stream (or a webhook's
// event), the documents of the webhook.
#include "fuzz/fuzz_target.hpp"
#include "input/document_reader.hpp"
#include "input/json_members.hpp"
#include "input/rfi_document.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace {

using rfi::daemon::DocumentFault;
using rfi::daemon::DocumentReader;
using rfi::daemon::RawDocument;
using rfi::fuzz::require;
using rfi::queue::NewRfi;

constexpr std::size_t kMostDocumentBytes = 1024;

std::size_t lines_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
}

void check_faults(const std::vector<DocumentFault>& faults, std::string_view text) {
  for (const DocumentFault& fault : faults) {
    require(fault.line >= 1 && fault.line <= lines_of(text), "a fault lies in the text");
    require(!fault.message.empty() && rfi::fuzz::is_clean_text(fault.message),
            "a fault may stand on a terminal");
  }
}

void check_row(const NewRfi& rfi,
               std::string_view requested_from,
               std::string_view documents_from) {
  require(!rfi.reference.empty() && rfi.reference.size() <= 200 &&
              rfi::fuzz::is_clean_text(rfi.reference),
          "a reference is one that the queue takes");
  require(rfi.customer_id.size() == 36, "a customer is a UUID");
  require(rfi.requested.starts_with('[') &&
              requested_from.find(rfi.requested) != std::string_view::npos,
          "requested is stored byte for byte");
  require(rfi.documents.starts_with('{') &&
              documents_from.find(rfi.documents) != std::string_view::npos,
          "documents are stored byte for byte");
  require(!rfi::daemon::check_json(rfi.requested) && !rfi::daemon::check_json(rfi.documents),
          "what is stored can be read");
}

void check_document(std::string_view text) {
  const auto parsed = rfi::daemon::parse_rfi_document(text);
  if (const auto* rfi = std::get_if<NewRfi>(&parsed)) {
    check_row(*rfi, text, text);
  } else {
    require(!std::get<std::vector<DocumentFault>>(parsed).empty(),
            "a document that is refused has a fault");
    check_faults(std::get<std::vector<DocumentFault>>(parsed), text);
  }
}

void check_stream(std::string_view text) {
  std::istringstream stream{std::string{text}};
  DocumentReader reader{stream, kMostDocumentBytes};
  std::uint64_t line = 0;
  while (const auto next = reader.next()) {
    if (const auto* document = std::get_if<RawDocument>(&*next)) {
      require(document->line > line && document->line <= lines_of(text),
              "documents come in their order");
      line = document->line;
      require(document->text.size() <= kMostDocumentBytes,
              "a document is no longer than it may be");
      require(text.find(document->text) != std::string_view::npos,
              "a document is a piece of the stream");
      check_document(document->text);
    } else {
      const auto& problem = std::get<rfi::daemon::InputProblem>(*next);
      require(problem.line <= lines_of(text) && rfi::fuzz::is_clean_text(problem.message),
              "a problem lies in the stream");
    }
  }
}

void check_webhook(std::string_view event, std::string_view documents) {
  const auto parsed = rfi::daemon::parse_webhook(event, documents);
  if (const auto* rfi = std::get_if<NewRfi>(&parsed)) {
    check_row(*rfi, event, documents);
    return;
  }
  const auto& faults = std::get<rfi::daemon::WebhookFaults>(parsed);
  require(!faults.event.empty() || !faults.documents.empty(),
          "a webhook that is refused has a fault");
  check_faults(faults.event, event);
  check_faults(faults.documents, documents);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto pieces = rfi::fuzz::pieces_of(rfi::fuzz::text_of(bytes, size), 2);
  check_stream(pieces[0]);
  check_document(pieces[0]);
  check_webhook(pieces[0], pieces[1]);
  return 0;
}
