// Writes one JSON text from front to back: what `--json` prints. Values are escaped, so that text
// of others can neither break it nor act on a terminal.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rfi::daemon {

/// The caller closes what it opens, and gives a name to each value in an object, to none in an
/// array.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  /// Begins a member; the value comes next.
  JsonWriter& name(std::string_view name);

  /// Invalid UTF-8 becomes U+FFFD.
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  /// RFC 3339 with milliseconds.
  JsonWriter& value(std::chrono::sys_time<std::chrono::milliseconds> time);
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  /// With two decimals.
  JsonWriter& value(double number);
  template <std::integral Integer>
  JsonWriter& value(Integer number) {
    return raw(std::to_string(number));
  }
  /// null when it is absent.
  template <class Value>
  JsonWriter& value(const std::optional<Value>& optional) {
    return optional ? value(*optional) : raw("null");
  }
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <class Value>
  JsonWriter& member(std::string_view member_name, const Value& member_value) {
    name(member_name);
    return value(member_value);
  }

  /// Hands over what was written since the last call; begin and end may lie in different parts.
  [[nodiscard]] std::string take();

 private:
  void separate();

  std::string text_;
  bool first_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace rfi::daemon
