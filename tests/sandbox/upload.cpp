#include "sandbox/upload.hpp"

#include "sandbox/tokens.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rfi::sandbox {
namespace {

namespace json = boost::json;

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

}  // namespace

Answer answer_upload(const Request& request) {
  const std::optional<std::string> boundary = boundary_of(request.content_type);
  if (!boundary.has_value()) {
    return refuse("content_type", "must be multipart/form-data with a boundary");
  }
  json::array files;
  bool names_customer = false;
  std::string_view rest{request.body};
  std::size_t begin = rest.find(*boundary);
  while (begin != std::string_view::npos) {
    rest.remove_prefix(begin + boundary->size());
    begin = rest.find("\r\n" + *boundary);
    const std::string_view part = rest.substr(0, begin);
    const std::string_view head = part.substr(0, part.find("\r\n\r\n"));
    const std::optional<std::string> name = quoted(head, "name");
    const std::optional<std::string> file_name = quoted(head, "filename");
    if (begin == std::string_view::npos || !name.has_value()) {
      break;  // the closing boundary
    }
    if (file_name.has_value()) {
      std::string uri{"/"};
      uri.append(random_text(4)).append("_").append(*file_name);
      files.push_back(json::object{{*name, uri}});
    } else {
      names_customer = names_customer || *name == "customer_id";
    }
    begin += 2;
  }
  if (!names_customer) {
    return refuse("customer_id", "is required");
  }
  if (files.empty()) {
    return refuse("file", "is required");
  }
  return json_answer(200, json::object{{"data", json::object{{"files", std::move(files)}}}});
}

}  // namespace rfi::sandbox
