#include "rfi/api/multipart.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>

namespace rfi::api {

namespace json = boost::json;

namespace {

/// Longer than any documented one by far.
constexpr std::size_t kLongestUri = 2048;

/// All names and uris of an answer; one file is sent at a time, so a single one is its own whatever
/// it is called.
struct Found {
  const json::string* named = nullptr;
  const json::string* only = nullptr;
  std::size_t count = 0;

  void look_at(const json::value& value, std::string_view part) {
    const auto* object = value.if_object();
    if (object == nullptr) {
      return;
    }
    for (const auto& member : *object) {
      if (const auto* uri = member.value().if_string()) {
        ++count;
        only = uri;
        if (std::string_view{member.key()} == part) {
          named = uri;
        }
      }
    }
  }
};

bool may_stand_in_a_body(std::string_view uri) {
  return !uri.empty() && uri.size() <= kLongestUri &&
         std::ranges::none_of(uri, [](char c) { return c == '\x7F' || (c >= '\0' && c < ' '); });
}

}  // namespace

MultipartFrame multipart_frame(const UploadRequest& request, std::string_view boundary) {
  MultipartFrame frame;
  frame.content_type.append("multipart/form-data; boundary=").append(boundary);
  const std::string delimiter = std::string{"--"}.append(boundary);
  frame.before.append(delimiter)
      .append("\r\nContent-Disposition: form-data; name=\"customer_id\"\r\n\r\n")
      .append(request.customer_id)
      .append("\r\n")
      .append(delimiter)
      .append("\r\nContent-Disposition: form-data; name=\"")
      .append(request.part)
      .append("\"; filename=\"")
      .append(request.file_name)
      .append("\"\r\nContent-Type: ")
      .append(request.content_type)
      .append("\r\n\r\n");
  frame.after.append("\r\n").append(delimiter).append("--\r\n");
  return frame;
}

std::optional<std::string> uploaded_uri(std::string_view answer, std::string_view part) {
  boost::system::error_code error;
  const json::value parsed = json::parse(answer, error);
  const auto* root = error ? nullptr : parsed.if_object();
  if (root == nullptr) {
    return std::nullopt;
  }
  const auto* data = root->if_contains("data");
  const auto* holder = data != nullptr && data->is_object() ? &data->get_object() : root;
  const auto* files = holder->if_contains("files");
  if (files == nullptr) {
    return std::nullopt;
  }
  Found found;
  if (const auto* list = files->if_array()) {
    for (const json::value& element : *list) {
      found.look_at(element, part);
    }
  } else {
    found.look_at(*files, part);
  }
  const json::string* uri = found.named;
  if (uri == nullptr && found.count == 1) {
    uri = found.only;
  }
  if (uri == nullptr || !may_stand_in_a_body({uri->data(), uri->size()})) {
    return std::nullopt;
  }
  return std::string{uri->data(), uri->size()};
}

}  // namespace rfi::api
