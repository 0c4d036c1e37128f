#include "rfi/policy/refusal.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace rfi::policy {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestDetail = 200;
/// Bytes of a message that are compared with the values: an answer may have 1 MiB, and so may the
/// body.
constexpr std::size_t kMostLookedAt = 2048;
constexpr std::string_view kEllipsis = "…";

/// Collects the scalar values of a document as they read: strings without quotes and escapes,
/// numbers as written.
class ValueCollector {
 public:
  // NOLINTBEGIN(readability-identifier-naming): the names basic_parser asks for
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  // NOLINTEND(readability-identifier-naming)
  using error_code = boost::system::error_code;
  using view = json::string_view;

  std::vector<std::string> values;

  bool on_document_begin(error_code& /*ec*/) { return true; }
  bool on_document_end(error_code& /*ec*/) { return true; }
  bool on_object_begin(error_code& /*ec*/) { return true; }
  bool on_object_end(std::size_t /*n*/, error_code& /*ec*/) { return true; }
  bool on_array_begin(error_code& /*ec*/) { return true; }
  bool on_array_end(std::size_t /*n*/, error_code& /*ec*/) { return true; }
  bool on_key_part(view /*part*/, std::size_t /*n*/, error_code& /*ec*/) { return true; }
  bool on_key(view /*part*/, std::size_t /*n*/, error_code& /*ec*/) { return true; }
  bool on_string_part(view part, std::size_t /*n*/, error_code& /*ec*/) { return extend(part); }
  bool on_string(view part, std::size_t /*n*/, error_code& /*ec*/) { return finish(part); }
  bool on_number_part(view part, error_code& /*ec*/) { return extend(part); }
  bool on_int64(std::int64_t /*i*/, view part, error_code& /*ec*/) { return finish(part); }
  bool on_uint64(std::uint64_t /*u*/, view part, error_code& /*ec*/) { return finish(part); }
  bool on_double(double /*d*/, view part, error_code& /*ec*/) { return finish(part); }
  bool on_bool(bool /*b*/, error_code& /*ec*/) { return true; }
  bool on_null(error_code& /*ec*/) { return true; }
  bool on_comment_part(view /*part*/, error_code& /*ec*/) { return true; }
  bool on_comment(view /*part*/, error_code& /*ec*/) { return true; }

 private:
  bool extend(view part) {
    open_.append(part.data(), part.size());
    return true;
  }
  bool finish(view part) {
    extend(part);
    if (!open_.empty()) {
      values.push_back(std::move(open_));
    }
    open_.clear();
    return true;
  }

  std::string open_;
};

/// ASCII only: what else a value has of letters is compared as it is.
std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

/// The values of a body in lower case, by their first byte and the longest first: found quickly,
/// and a value that holds another one goes as a whole.
class Values {
 public:
  explicit Values(std::string_view body) {
    json::basic_parser<ValueCollector> parser{json::parse_options{}};
    boost::system::error_code error;
    parser.write_some(false, body.data(), body.size(), error);
    for (std::string& value : parser.handler().values) {
      value = in_lower_case(std::move(value));
      buckets_.at(index_of(value)).push_back(std::move(value));
    }
    for (auto& bucket : buckets_) {
      std::ranges::sort(bucket, std::ranges::greater{}, &std::string::size);
    }
  }

  /// The length of the longest value at the beginning of `text` (in lower case, not empty), 0: none
  /// stands there.
  [[nodiscard]] std::size_t longest_at(std::string_view text) const {
    for (const std::string& value : buckets_.at(index_of(text))) {
      if (text.starts_with(value)) {
        return value.size();
      }
    }
    return 0;
  }

 private:
  using Bucket = std::vector<std::string>;

  [[nodiscard]] static std::size_t index_of(std::string_view text) {
    return static_cast<unsigned char>(text.front());
  }

  std::array<Bucket, 256> buckets_;
};

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// Every byte that belongs to some value goes, also where two values overlap. Stops as soon as the
/// line is full or enough was looked at; what comes after that is dropped unseen.
std::string without_values(std::string_view text, const Values& values) {
  const std::string lower = in_lower_case(std::string{text});
  std::string result;
  std::size_t covered_to = 0;
  for (std::size_t i = 0; i < text.size() && result.size() <= kLongestDetail; ++i) {
    if (i >= kMostLookedAt && begins_character(text[i])) {
      result += kEllipsis;
      break;
    }
    const std::size_t length = values.longest_at(std::string_view{lower}.substr(i));
    if (i >= covered_to) {
      result += length > 0 ? kEllipsis : text.substr(i, 1);
    }
    covered_to = std::max(covered_to, i + length);
  }
  return result;
}

/// C0, DEL and C1 controls become `\u00XX`; everything else stays (the parser has checked the
/// UTF-8).
std::string without_controls(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto code = static_cast<unsigned char>(text[i]);
    const bool c1 = code == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                    static_cast<unsigned char>(text[i + 1]) <= 0x9F;
    if (c1) {
      code = static_cast<unsigned char>(text[++i]);
    }
    if (c1 || code < 0x20 || code == 0x7F) {
      result += "\\u00";
      result += kHex[code >> 4U];
      result += kHex[code & 0x0FU];
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string cut(std::string text) {
  if (text.size() <= kLongestDetail) {
    return text;
  }
  std::size_t end = kLongestDetail - kEllipsis.size();
  while (end > 0 && !begins_character(text[end])) {
    --end;
  }
  // Nor inside one of our escapes.
  constexpr std::string_view kEscape = "\\u00";
  const std::size_t escape = text.rfind(kEscape, end);
  if (escape != std::string::npos && escape + kEscape.size() + 2 > end) {
    end = escape;
  }
  text.resize(end);
  text += kEllipsis;
  return text;
}

std::string_view string_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) {
    return {};
  }
  return {member->get_string().data(), member->get_string().size()};
}

void add_names(const json::value* map, std::string& names) {
  if (map == nullptr) {
    return;
  }
  if (const json::array* list = map->if_array()) {
    for (const json::value& element : *list) {
      add_names(&element, names);
    }
  } else if (const json::object* object = map->if_object()) {
    for (const auto& [key, value] : *object) {
      names += names.empty() ? "" : ", ";
      names.append(key.data(), key.size());
    }
  }
}

std::string message_and_names(const json::object& answer) {
  std::string message{string_member(answer, "message")};
  std::string names;
  add_names(answer.if_contains("data"), names);
  add_names(answer.if_contains("errors"), names);
  if (const json::value* error = answer.if_contains("error")) {
    if (const json::object* nested = error->if_object()) {
      message += message.empty() ? "" : "; ";
      message += string_member(*nested, "message");
      add_names(nested->if_contains("details"), names);
    } else if (message.empty() && error->is_string()) {
      message = std::string{string_member(answer, "error")};
    }
  }
  if (!names.empty()) {
    message += message.empty() ? "" : ": ";
    message += names;
  }
  return message;
}

}  // namespace

std::string refusal_detail(unsigned status, std::string_view answer, std::string_view sent_body) {
  const std::string head = "HTTP " + std::to_string(status);
  if (answer.empty()) {
    return head + " without a message";
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(json::string_view{answer.data(), answer.size()}, error);
  if (error || !parsed.is_object()) {
    return head + ", an answer that is no JSON object";
  }
  std::string text = message_and_names(parsed.get_object());
  if (text.empty()) {
    return head + " without a message";
  }
  text = without_controls(without_values(text, Values{sent_body}));
  return cut(head + ": " + text);
}

}  // namespace rfi::policy
