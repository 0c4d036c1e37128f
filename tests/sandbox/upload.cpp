#include "sandbox/upload.hpp"

#include "sandbox/request_log.hpp"
#include "sandbox/tokens.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

struct Part {
  std::string name;
  std::optional<std::string> file_name;
  std::string content_type;
  std::string_view bytes;
};

Answer refuse(std::string_view name, std::string_view why) {
  return json_answer(422,
                     json::object{{"message", "The given data was invalid."},
                                  {"errors", json::array{json::object{{name, why}}}}});
}

/// The value of `name="..."` in a header; the name must not be the end of a longer one.
std::optional<std::string> quoted(std::string_view header, const std::string& name) {
  const std::string key = " " + name + "=\"";
  const std::size_t begin = header.find(key);
  if (begin == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = header.substr(begin + key.size());
  return std::string{rest.substr(0, rest.find('"'))};
}

std::string content_type_of(std::string_view head) {
  constexpr std::string_view kKey = "\r\nContent-Type: ";
  const std::size_t begin = head.find(kKey);
  if (begin == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = head.substr(begin + kKey.size());
  return std::string{rest.substr(0, rest.find("\r\n"))};
}

std::optional<std::string> boundary_of(std::string_view content_type) {
  constexpr std::string_view kKey = "boundary=";
  const std::size_t begin = content_type.find(kKey);
  if (!content_type.starts_with("multipart/form-data") || begin == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view value = content_type.substr(begin + kKey.size());
  value = value.substr(0, value.find(';'));
  if (value.size() > 2 && value.front() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  std::string boundary{"--"};  // not operator+: GCC 12 warns of an overlap that is not there
  return boundary.append(value);
}

/// The parts up to the closing boundary; nothing without one.
std::optional<std::vector<Part>> parts_of(std::string_view body, const std::string& boundary) {
  std::vector<Part> parts;
  if (!body.starts_with(boundary)) {
    return std::nullopt;
  }
  body.remove_prefix(boundary.size());
  const std::string delimiter = std::string{"\r\n"}.append(boundary);
  while (body.starts_with("\r\n")) {
    const std::size_t end = body.find(delimiter);
    const std::size_t blank = body.find("\r\n\r\n");
    if (end == std::string_view::npos || blank == std::string_view::npos || blank > end) {
      return std::nullopt;
    }
    const std::string_view head = body.substr(0, blank);
    Part part;
    part.name = quoted(head, "name").value_or("");
    part.file_name = quoted(head, "filename");
    part.content_type = content_type_of(head);
    part.bytes = body.substr(blank + 4, end - blank - 4);
    parts.push_back(std::move(part));
    body.remove_prefix(end + delimiter.size());
  }
  return body.starts_with("--") ? std::optional(std::move(parts)) : std::nullopt;
}

bool is_what_it_says(const Part& part) {
  const std::string_view bytes = part.bytes;
  return (part.content_type == "application/pdf" && bytes.starts_with("%PDF-")) ||
         (part.content_type == "image/jpeg" && bytes.starts_with("\xff\xd8")) ||
         (part.content_type == "image/png" && bytes.starts_with("\x89PNG"));
}

/// Every `uri` anywhere in a body.
void collect_uris(const json::value& value, std::vector<std::string>& uris) {
  if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) {
      collect_uris(element, uris);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) {
      if (name == "uri" && member.is_string()) {
        uris.emplace_back(member.get_string());
      } else {
        collect_uris(member, uris);
      }
    }
  }
}

json::array shaped(const json::array& files, UploadShape shape) {
  if (shape == UploadShape::list) {
    return files;
  }
  json::object all;
  for (const json::value& file : files) {
    for (const auto& [name, uri] : file.as_object()) {
      all[name] = uri;
    }
  }
  return {std::move(all)};
}

}  // namespace

std::optional<std::string> Uploads::customer_of(const Request& request) {
  const auto boundary = boundary_of(request.content_type);
  const auto parts = boundary ? parts_of(request.body, *boundary) : std::nullopt;
  if (!parts || parts->empty() || parts->front().name != "customer_id") {
    return std::nullopt;
  }
  return lower(parts->front().bytes);
}

Answer Uploads::answer(const Request& request) {
  if (request.body.size() > options_.max_bytes) {
    return message_answer(413, "Request Entity Too Large");
  }
  const std::optional<std::string> boundary = boundary_of(request.content_type);
  if (!boundary.has_value()) {
    return refuse("content_type", "must be multipart/form-data with a boundary");
  }
  const auto parts = parts_of(request.body, *boundary);
  if (!parts) {
    return refuse("body", "must be parts between boundaries");
  }
  if (parts->empty() || parts->front().name != "customer_id" || parts->front().bytes.empty()) {
    return refuse("customer_id", "is required, as the first part");
  }
  const std::string customer = lower(parts->front().bytes);
  json::array files;
  json::array taken;
  for (const Part& part : *parts) {
    if (!part.file_name.has_value()) {
      continue;
    }
    if (!is_what_it_says(part)) {
      return refuse(part.name, "must be a PDF, JPEG or PNG of the type it says");
    }
    std::string uri{"/"};
    uri.append(random_text(4)).append("_").append(*part.file_name);
    owners_[uri] = customer;
    files.push_back(json::object{{part.name, uri}});
    taken.push_back(json::object{{"customer", customer},
                                 {"part", part.name},
                                 {"file_name", *part.file_name},
                                 {"content_type", part.content_type},
                                 {"bytes", part.bytes.size()},
                                 {"sha256", sha256(part.bytes)},
                                 {"uri", uri}});
  }
  if (files.empty()) {
    return refuse("file", "is required");
  }
  taken_.insert(taken_.end(), taken.begin(), taken.end());
  json::array list = shaped(files, options_.shape);
  return json_answer(200, json::object{{"data", json::object{{"files", std::move(list)}}}});
}

std::optional<std::string> Uploads::foreign_uri(const std::string& customer,
                                                const json::value& body) const {
  std::vector<std::string> uris;
  collect_uris(body, uris);
  for (const std::string& uri : uris) {
    const auto owner = owners_.find(uri);
    const bool known = owner != owners_.end();
    if (known ? owner->second != customer : options_.unknown_uris == UnknownUris::refused) {
      return uri;
    }
  }
  return std::nullopt;
}

void Uploads::clear() {
  taken_.clear();
  owners_.clear();
}

}  // namespace rfi::sandbox
