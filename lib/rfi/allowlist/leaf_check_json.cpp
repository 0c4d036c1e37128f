#include "rfi/allowlist/leaf_check_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace rfi::allowlist::leaf_check {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

constexpr std::size_t kMaxDepth = 32;

// Builds the value as json::parse does and counts the names it was given: the object of two equal
// names keeps one.
class CountingBuilder {
 public:
  // The names and the signatures are what basic_parser asks for.
  // NOLINTBEGIN(readability-identifier-naming)
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
  // NOLINTEND(readability-identifier-naming)

  CountingBuilder(json::storage_ptr resource, unsigned char* buffer, std::size_t size)
      : stack_(json::storage_ptr{}, buffer, size) {
    stack_.reset(std::move(resource));
  }

  [[nodiscard]] json::value release() { return stack_.release(); }
  [[nodiscard]] std::size_t names() const { return names_; }

  // NOLINTBEGIN(readability-convert-member-functions-to-static)
  bool on_document_begin(error_code& /*error*/) { return true; }
  bool on_document_end(error_code& /*error*/) { return true; }
  bool on_object_begin(error_code& /*error*/) { return true; }
  bool on_array_begin(error_code& /*error*/) { return true; }
  bool on_number_part(string_view /*text*/, error_code& /*error*/) { return true; }
  bool on_comment_part(string_view /*text*/, error_code& /*error*/) { return true; }
  bool on_comment(string_view /*text*/, error_code& /*error*/) { return true; }
  // NOLINTEND(readability-convert-member-functions-to-static)

  bool on_object_end(std::size_t size, error_code& /*error*/) {
    stack_.push_object(size);
    return true;
  }
  bool on_array_end(std::size_t size, error_code& /*error*/) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(string_view text, std::size_t /*size*/, error_code& /*error*/) {
    stack_.push_chars(text);
    return true;
  }
  bool on_key(string_view text, std::size_t /*size*/, error_code& /*error*/) {
    stack_.push_key(text);
    ++names_;
    return true;
  }
  bool on_string_part(string_view text, std::size_t /*size*/, error_code& /*error*/) {
    stack_.push_chars(text);
    return true;
  }
  bool on_string(string_view text, std::size_t /*size*/, error_code& /*error*/) {
    stack_.push_string(text);
    return true;
  }
  bool on_int64(std::int64_t number, string_view /*text*/, error_code& /*error*/) {
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, string_view /*text*/, error_code& /*error*/) {
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double number, string_view /*text*/, error_code& /*error*/) {
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool truth, error_code& /*error*/) {
    stack_.push_bool(truth);
    return true;
  }
  bool on_null(error_code& /*error*/) {
    stack_.push_null();
    return true;
  }

 private:
  json::value_stack stack_;
  std::size_t names_ = 0;
};

// Recursion is bounded: what was parsed is not deeper than kMaxDepth.
std::size_t count_names(const json::value& value) {
  std::size_t count = 0;
  if (const auto* const object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) {
      count += count_names(member.value());
    }
  } else if (const auto* const array = value.if_array()) {
    for (const auto& element : *array) {
      count += count_names(element);
    }
  }
  return count;
}

}  // namespace

std::optional<json::value> parse_strictly(std::string_view text, json::storage_ptr resource) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  unsigned char buffer[4096];  // NOLINT(modernize-avoid-c-arrays): scratch space, never read here
  json::basic_parser<CountingBuilder> parser(
      options, std::move(resource), &buffer[0], sizeof(buffer));
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error || !parser.done() || used != text.size()) {
    return std::nullopt;
  }
  json::value value = parser.handler().release();
  if (count_names(value) != parser.handler().names()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace rfi::allowlist::leaf_check
