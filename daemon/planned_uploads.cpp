#include "planned_uploads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <variant>

namespace rfi::daemon {
namespace {

PlannedUpload plan(const upload::Settings& settings,
                   const upload::FileName& name,
                   const std::string& place,
                   const queue::UploadedFile* known) {
  PlannedUpload planned{.place = place, .survey = {}, .fault = {}, .uri = {}};
  auto surveyed = upload::survey_file(settings, name);
  if (const auto* survey = std::get_if<upload::Survey>(&surveyed)) {
    planned.survey = *survey;
    if (known != nullptr && known->sha256 == survey->sha256) {
      planned.uri = known->uri;
    }
    return planned;
  }
  const auto& fault = std::get<upload::FileFault>(surveyed);
  if (fault.whose == upload::FileFault::Whose::missing && known != nullptr) {
    planned.uri = known->uri;
  } else {
    planned.fault = fault.reason;
  }
  return planned;
}

}  // namespace

std::vector<PlannedUpload> plan_uploads(const upload::Settings& settings,
                                        std::string_view customer_id,
                                        const allowlist::Projection& projection,
                                        const std::vector<queue::UploadedFile>& uploaded) {
  std::vector<PlannedUpload> planned;
  for (const allowlist::FileByPath& file : projection.files) {
    const auto known = std::ranges::find(uploaded, file.path, &queue::UploadedFile::path);
    planned.push_back(plan(settings,
                           {std::string{customer_id}, file.path},
                           file.place,
                           known == uploaded.end() ? nullptr : &*known));
  }
  return planned;
}

std::optional<std::string> refusal_of(const std::vector<PlannedUpload>& uploads) {
  for (const PlannedUpload& upload : uploads) {
    if (!upload.fault.empty()) {
      return fmt::format("{}: {}", upload.place, upload.fault);
    }
  }
  return std::nullopt;
}

std::string body_with(const allowlist::Projection& projection,
                      const std::vector<PlannedUpload>& uploads) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < uploads.size(); ++i) {
    const auto& [place, survey, fault, uri] = uploads[i];
    texts.push_back(!uri.empty() || !survey
                        ? uri
                        : fmt::format("<d{}.{}>", i + 1, upload::extension(survey->type)));
  }
  std::vector<allowlist::UriAt> uris;
  uris.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    uris.push_back({projection.files[i].offset, texts[i]});
  }
  return allowlist::with_uris(projection.body, uris);
}

void write_uploads(JsonWriter& json, const std::vector<PlannedUpload>& uploads) {
  json.name("uploads").begin_array();
  for (const PlannedUpload& upload : uploads) {
    json.begin_object().member("file", upload.place);
    if (upload.survey) {
      json.member("bytes", upload.survey->size);
      json.member("content_type", upload::media_type(upload.survey->type));
      json.member("sha256", upload.survey->sha256);
    }
    json.member("uploaded", !upload.uri.empty());
    if (!upload.fault.empty()) {
      json.member("problem", upload.fault);
    }
    json.end_object();
  }
  json.end_array();
}

std::string uploads_text(const std::vector<PlannedUpload>& uploads) {
  if (uploads.empty()) {
    return {};
  }
  std::string text = "uploaded first:\n";
  for (const PlannedUpload& upload : uploads) {
    text += fmt::format("  {}: ", upload.place);
    if (!upload.fault.empty()) {
      text += upload.fault;
    } else if (upload.survey) {
      text += fmt::format("{} bytes, {}{}",
                          upload.survey->size,
                          upload::media_type(upload.survey->type),
                          upload.uri.empty() ? "" : ", the API has it already");
    } else {
      text += "not there any more, but the API has it already";
    }
    text += "\n";
  }
  return text;
}

}  // namespace rfi::daemon
