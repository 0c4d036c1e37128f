// `preview`: the PATCH as it would leave, byte for byte but for the token, or why it would not.
// Sends nothing and needs no secret.
#include "commands/commands.hpp"
#include "commands/queue_access.hpp"
#include "input/document_reader.hpp"
#include "input/input_source.hpp"
#include "input/rfi_document.hpp"
#include "output/json_writer.hpp"
#include "planned_uploads.hpp"
#include "settings.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/leaf_check.hpp"
#include "rfi/api/endpoint.hpp"
#include "rfi/platform/sha256.hpp"
#include "rfi/queue/lookup.hpp"
#include "rfi/queue/upload_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace rfi::daemon {
namespace {

constexpr std::string_view kMaskedToken = "********";

struct Subject {
  std::string reference;
  std::string customer_id;
  std::string requested;
  std::string documents;
  bool erased = false;
  std::string state = "pending";
  std::vector<queue::UploadedFile> uploaded = {};
};

struct Preview {
  std::string url;
  std::string head;  ///< request line and headers as they go over the wire
  allowlist::Projection projection;
  std::vector<PlannedUpload> uploads;
  bool complete = true;  ///< no uri of a file is missing in the body
};

Subject subject_of(const std::string& file) {
  InputSource source(file);
  DocumentReader reader(source.stream());
  const auto refuse = [&source](std::uint64_t line, const std::string& message) {
    return fmt::format("{}:{}: {}", source.name(), line, message);
  };
  auto next = reader.next();
  if (!next) {
    throw CommandFailure(ExitCode::bad_input, fmt::format("{} holds no document", source.name()));
  }
  if (const auto* problem = std::get_if<InputProblem>(&*next)) {
    throw CommandFailure(ExitCode::bad_input, refuse(problem->line, problem->message));
  }
  const auto& document = std::get<RawDocument>(*next);
  auto parsed = parse_rfi_document(document.text);
  if (const auto* faults = std::get_if<std::vector<DocumentFault>>(&parsed)) {
    std::vector<std::string> messages;
    for (const auto& fault : *faults) {
      messages.push_back(refuse(document.line + fault.line - 1, fault.message));
    }
    throw CommandFailure(ExitCode::bad_input, std::move(messages));
  }
  if (reader.next()) {
    throw CommandFailure(
        ExitCode::bad_input,
        fmt::format("{} holds more than one document: preview takes one", source.name()));
  }
  auto& rfi = std::get<queue::NewRfi>(parsed);
  return {.reference = std::move(rfi.reference),
          .customer_id = std::move(rfi.customer_id),
          .requested = std::move(rfi.requested),
          .documents = std::move(rfi.documents)};
}

bool is_file(const std::string& name) {
  std::error_code ignored;
  return name == "-" || std::filesystem::exists(name, ignored);
}

// A reference comes first: a file of the same name can be called `./NAME`.
Subject find_subject(const platform::Config& config, const std::string& name) {
  if (name == "-") {
    return subject_of(name);
  }
  try {
    const auto database = open_queue(config, queue::OpenMode::read_only);
    queue::Lookup lookup(database);
    if (auto row = lookup.by_reference(name)) {
      auto contents = lookup.contents(row->id).value_or(queue::Contents{});
      return {.reference = std::move(row->reference),
              .customer_id = std::move(row->customer_id),
              .requested = std::move(contents.requested),
              .documents = std::move(contents.documents),
              .erased = row->erased_at.has_value(),
              .state = std::move(row->state),
              .uploaded = queue::UploadBook(database).of(row->id)};
    }
  } catch (const CommandFailure&) {
    if (!is_file(name)) {
      throw;
    }
  }
  if (is_file(name)) {
    return subject_of(name);
  }
  throw CommandFailure(ExitCode::bad_input,
                       fmt::format("\"{}\" is neither a reference in {} nor a file",
                                   printable(name),
                                   config.queue.path.string()));
}

// The same three steps as in `run`: projection, the independent check, the request.
Preview preview_of(const platform::Config& config, const Subject& subject) {
  const auto settings = allowlist_settings(config);
  Preview preview;
  auto& projection = preview.projection;
  if (subject.erased) {
    projection.refusal = "its documents have been erased";
  } else {
    projection = allowlist::project(subject.requested, subject.documents, settings);
  }
  if (!projection.refusal) {
    const auto uncovered =
        allowlist::uncovered_leaves(projection.body, subject.requested, settings);
    if (!uncovered.empty()) {
      projection.refusal = fmt::format(
          "the second check found what nobody asked for: {}; this is a defect of rfi-submitd",
          fmt::join(uncovered, ", "));
    }
  }
  if (!projection.refusal && !projection.files.empty()) {
    preview.uploads =
        plan_uploads(upload_settings(config), subject.customer_id, projection, subject.uploaded);
    projection.refusal = refusal_of(preview.uploads);
    preview.complete = std::ranges::all_of(
        preview.uploads, [](const PlannedUpload& upload) { return !upload.uri.empty(); });
    projection.body = body_with(projection, preview.uploads);
  }
  if (projection.refusal) {
    return preview;
  }
  const auto endpoint = api::parse_endpoint(config.api.base_url);
  if (!endpoint) {
    throw CommandFailure(ExitCode::bad_configuration, "api.base_url is no URL");
  }
  const auto path = "/v1/customers/" + subject.customer_id;
  preview.url = config.api.base_url + path;
  auto text = api::request_text(*endpoint,
                                api_settings(config).headers,
                                {.method = "PATCH",
                                 .path = path,
                                 .bearer = kMaskedToken,
                                 .idempotency_key = subject.reference,
                                 .json = projection.body});
  preview.head = text.substr(0, text.size() - projection.body.size());
  return preview;
}

void write_list(JsonWriter& json, std::string_view name, const std::vector<std::string>& items) {
  json.name(name).begin_array();
  for (const auto& item : items) {
    json.value(item);
  }
  json.end_array();
}

// The lines of the head without the request line, as members of an object.
void write_headers(JsonWriter& json, std::string_view head) {
  json.name("headers").begin_object();
  head.remove_prefix(std::min(head.size(), head.find("\r\n") + 2));
  for (auto end = head.find("\r\n"); end != std::string_view::npos && end > 0;
       end = head.find("\r\n")) {
    const auto line = head.substr(0, end);
    const auto colon = line.find(": ");
    json.member(line.substr(0, colon), line.substr(colon + 2));
    head.remove_prefix(end + 2);
  }
  json.end_object();
}

std::string json_of(const Subject& subject, const Preview& preview) {
  const auto& projection = preview.projection;
  JsonWriter json;
  json.begin_object().member("reference", subject.reference).member("state", subject.state);
  if (!projection.refusal) {
    json.member("method", "PATCH").member("url", preview.url);
    write_headers(json, preview.head);
    json.member("body", projection.body);
    if (preview.complete) {
      json.member("body_sha256", platform::sha256_hex(projection.body));
    } else {
      json.name("body_sha256").raw("null");
    }
  } else {
    json.name("method").raw("null").name("url").raw("null").name("headers").raw("null");
    json.name("body").raw("null").name("body_sha256").raw("null");
  }
  write_list(json, "sent", projection.refusal ? std::vector<std::string>{} : projection.sent);
  write_list(json, "withheld", projection.withheld);
  write_list(json, "unmet", projection.unmet);
  write_uploads(json, preview.uploads);
  json.member("refusal", projection.refusal).end_object();
  return json.take() + '\n';
}

std::string list_of(std::string_view title, const std::vector<std::string>& items) {
  auto text = fmt::format("{}:{}\n", title, items.empty() ? " none" : "");
  for (const auto& item : items) {
    text += fmt::format("  {}\n", printable(item));
  }
  return text;
}

std::string text_of(const Subject& subject, const Preview& preview) {
  const auto& projection = preview.projection;
  std::string text;
  if (projection.refusal) {
    text = fmt::format(
        "{} would not be sent: {}\n", printable(subject.reference), printable(*projection.refusal));
  } else {
    for (const char c : preview.head) {
      if (c != '\r') {
        text += c;
      }
    }
    text += projection.body + "\n\n";
  }
  text += uploads_text(preview.uploads);
  text += list_of("withheld", projection.withheld) + list_of("unmet", projection.unmet);
  if (subject.state != "pending") {
    text += fmt::format("The RFI is {}: this is what a retry would send.\n", subject.state);
  }
  return text;
}

}  // namespace

ExitCode preview(const platform::Config& config, const PreviewOptions& options) {
  const auto subject = find_subject(config, options.subject);
  const auto preview = preview_of(config, subject);
  print(options.output == Output::json ? json_of(subject, preview) : text_of(subject, preview));
  return preview.projection.refusal ? ExitCode::failed : ExitCode::done;
}

}  // namespace rfi::daemon
