#include "output/json_writer.hpp"

#include "rfi/platform/clock.hpp"
#include "rfi/platform/escape.hpp"

#include <fmt/format.h>

#include <utility>

namespace rfi::daemon {

void JsonWriter::separate() {
  if (!first_) {
    text_ += ',';
  }
  first_ = false;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  text_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::name(std::string_view name) {
  value(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  text_ += '"';
  platform::append_escaped(text_, text);
  text_ += '"';
  return *this;
}

JsonWriter& JsonWriter::value(std::chrono::sys_time<std::chrono::milliseconds> time) {
  return value(std::string_view(platform::rfc3339(time)));
}

JsonWriter& JsonWriter::value(double number) {
  return raw(fmt::format("{:.2f}", number));
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

std::string JsonWriter::take() {
  return std::exchange(text_, {});
}

}  // namespace rfi::daemon
