#include "rfi/platform/log_line.hpp"

#include "rfi/platform/escape.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <variant>

namespace rfi::platform {
namespace {

template <class Number>
void append_number(std::string& line, Number number) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  line.append(digits.data(), end.ptr);
}

void append_double(std::string& line, double number) {
  if (std::isfinite(number)) {
    append_number(line, number);
  } else {
    line += "null";
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  append_escaped(line, text);
  line += '"';
}

void append_json_fields(std::string& line, std::span<const Field> fields);

struct JsonValue {
  std::string& line;

  void operator()(std::monostate /*nothing*/) const { line += "null"; }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { append_number(line, value); }
  void operator()(std::uint64_t value) const { append_number(line, value); }
  void operator()(double value) const { append_double(line, value); }
  void operator()(UtcTime value) const { append_quoted(line, rfc3339(value)); }
  void operator()(std::string_view value) const { append_quoted(line, value); }
  void operator()(std::span<const std::string> list) const {
    line += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      line += i == 0 ? "" : ",";
      append_quoted(line, list[i]);
    }
    line += ']';
  }
  void operator()(const Group& group) const {
    line += '{';
    append_json_fields(line, group.fields);
    line += '}';
  }
};

void append_json_field(std::string& line, const Field& field) {
  if (line.back() != '{') {
    line += ',';
  }
  append_quoted(line, field.name);
  line += ':';
  std::visit(JsonValue{line}, field.value);
}

void append_json_fields(std::string& line, std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (!std::holds_alternative<std::monostate>(field.value)) {
      append_json_field(line, field);
    }
  }
}

// Characters that a value may hold without quotes: nothing that separates fields or list elements.
bool is_bare(char character) {
  return character > ' ' && character < '\x7F' && character != '"' && character != '\\' &&
         character != '=' && character != ',';
}

void append_text(std::string& line, std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_bare)) {
    line += text;
  } else {
    append_quoted(line, text);
  }
}

void append_text_field(std::string& line, std::string_view prefix, const Field& field);

struct TextValue {
  std::string& line;

  void operator()(std::monostate /*nothing*/) const { line += "null"; }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { append_number(line, value); }
  void operator()(std::uint64_t value) const { append_number(line, value); }
  void operator()(double value) const { append_double(line, value); }
  void operator()(UtcTime value) const { append_text(line, rfc3339(value)); }
  void operator()(std::string_view value) const { append_text(line, value); }
  void operator()(std::span<const std::string> list) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
      line += i == 0 ? "" : ",";
      append_text(line, list[i]);
    }
  }
  void operator()(const Group& /*flattened by append_text_field*/) const {}
};

void append_text_field(std::string& line, std::string_view prefix, const Field& field) {
  if (std::holds_alternative<std::monostate>(field.value)) {
    return;
  }
  if (const auto* group = std::get_if<Group>(&field.value)) {
    const std::string inner = std::string(prefix).append(field.name).append(".");
    for (const Field& member : group->fields) {
      append_text_field(line, inner, member);
    }
    return;
  }
  line += ' ';
  append_text(line, std::string(prefix).append(field.name));
  line += '=';
  std::visit(TextValue{line}, field.value);
}

void append_field(LogFormat format, std::string& line, const Field& field) {
  switch (format) {
    case LogFormat::json:
      append_json_fields(line, {&field, 1});
      return;
    case LogFormat::text:
      append_text_field(line, "", field);
      return;
  }
}

std::string head_of(LogFormat format, const LineHead& head) {
  std::string line;
  line.reserve(512);
  switch (format) {
    case LogFormat::json:
      line += R"({"ts":")";
      line += rfc3339(head.time);
      line += R"(","level":")";
      line += to_string(head.level);
      line += R"(","event":)";
      append_quoted(line, head.event);
      break;
    case LogFormat::text:
      line += rfc3339(head.time);
      line += ' ';
      line += to_string(head.level);
      line += ' ';
      append_text(line, head.event);
      break;
  }
  return line;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::trace:
      return "trace";
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::critical:
      return "critical";
    case Level::off:
      return "off";
  }
  return "off";
}

std::string_view priority_prefix(Level level) {
  switch (level) {
    case Level::trace:
    case Level::debug:
      return "<7>";
    case Level::info:
      return "<6>";
    case Level::warning:
      return "<4>";
    case Level::error:
      return "<3>";
    case Level::critical:
    case Level::off:
      return "<2>";
  }
  return "<2>";
}

std::string format_line(LogFormat format, const LineHead& head, std::span<const Field> fields) {
  std::string line = head_of(format, head);
  bool truncated = false;
  for (const Field& field : fields) {
    const std::size_t before = line.size();
    append_field(format, line, field);
    if (line.size() > kMaxLineBytes) {
      line.resize(before);
      truncated = true;
    }
  }
  if (truncated) {
    append_field(format, line, Field{"truncated", true});
  }
  if (format == LogFormat::json) {
    line += '}';
  }
  return line;
}

}  // namespace rfi::platform
