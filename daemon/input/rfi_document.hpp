// From JSON to a row of the queue: the form `enqueue` takes, and the API's customer.rfi event.
#pragma once

#include "rfi/queue/producer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::daemon {

/// One thing that is wrong. Never holds a value of the document.
struct DocumentFault {
  std::uint64_t line = 1;  ///< in the text, counted from 1
  std::string message;
};

using DocumentResult = std::variant<queue::NewRfi, std::vector<DocumentFault>>;

/// Who judges the JSON inside `requested` and `documents`.
enum class Inside {
  judged,  ///< parse_rfi_document() does
  left     ///< the caller does: project() refuses what is no JSON, without a line
};

/// `{reference, customer_id, requested, documents, priority?, not_before?, deadline?}`, nothing
/// else. The two times are Unix milliseconds, RFC 3339 or null. `requested` and `documents` are
/// taken byte for byte. Otherwise all that is wrong.
[[nodiscard]] DocumentResult parse_rfi_document(std::string_view text,
                                                Inside inside = Inside::judged);

/// A `customer.rfi` event as it came: `reference` is `event.id`, `requested` is
/// `data.request_for_information` byte for byte. Members nobody needs are ignored. `documents` is
/// the text of the documents.
struct WebhookFaults {
  std::vector<DocumentFault> event;
  std::vector<DocumentFault> documents;
};
[[nodiscard]] std::variant<queue::NewRfi, WebhookFaults> parse_webhook(std::string_view event,
                                                                       std::string_view documents);

}  // namespace rfi::daemon
