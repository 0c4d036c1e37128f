// What `preview` says of the files of an RFI: which would be uploaded, and what each of them is.
// Reads them, sends nothing.
#pragma once

#include "output/json_writer.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/queue/queue_port.hpp"
#include "rfi/upload/document_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::daemon {

struct PlannedUpload {
  std::string place;
  std::optional<upload::Survey> survey;
  std::string fault;  ///< why it cannot be sent, or empty
  std::string uri;    ///< where the API has it already, or empty
};

/// One for each file of the projection, in its order. `uploaded`: those on record.
[[nodiscard]] std::vector<PlannedUpload> plan_uploads(
    const upload::Settings& settings,
    std::string_view customer_id,
    const allowlist::Projection& projection,
    const std::vector<queue::UploadedFile>& uploaded);

/// Why the row would fail for its files; nothing if it would not.
[[nodiscard]] std::optional<std::string> refusal_of(const std::vector<PlannedUpload>& uploads);

/// The body with the uris that are known, and `<d1.pdf>` for one that is not.
[[nodiscard]] std::string body_with(const allowlist::Projection& projection,
                                    const std::vector<PlannedUpload>& uploads);

void write_uploads(JsonWriter& json, const std::vector<PlannedUpload>& uploads);
/// Empty without files.
[[nodiscard]] std::string uploads_text(const std::vector<PlannedUpload>& uploads);

}  // namespace rfi::daemon
