#include "input/json_members.hpp"

#include "rfi/allowlist/json_token.hpp"

#include <utility>

namespace rfi::daemon {
namespace {

using allowlist::JsonFault;

/// Finds where values end by brackets and strings alone.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::variant<std::vector<JsonMember>, JsonFault> split() {
    skip_space();
    if (!take('{')) {
      return fault("it does not begin with a brace");
    }
    std::vector<JsonMember> members;
    skip_space();
    if (take('}')) {
      return finish(std::move(members));
    }
    for (;;) {
      JsonMember member;
      if (auto problem = read_member(member)) {
        return *problem;
      }
      members.push_back(std::move(member));
      skip_space();
      if (take('}')) {
        return finish(std::move(members));
      }
      if (!take(',')) {
        return fault("no comma or closing brace after a member");
      }
    }
  }

 private:
  [[nodiscard]] JsonFault fault(std::string_view reason) const {
    return {.byte = at_ + 1, .reason = at_ == text_.size() ? "the text ends too early" : reason};
  }

  std::variant<std::vector<JsonMember>, JsonFault> finish(std::vector<JsonMember> members) {
    skip_space();
    if (at_ != text_.size()) {
      return fault("more text behind the end of the JSON object");
    }
    return members;
  }

  std::optional<JsonFault> read_member(JsonMember& member) {
    skip_space();
    const std::size_t begin = at_;
    if (!take('"')) {
      return fault("no member name in quotes");
    }
    if (auto problem = skip_string()) {
      return problem;
    }
    member.name = allowlist::decode_string(text_.substr(begin + 1, at_ - begin - 2));
    skip_space();
    if (!take(':')) {
      return fault("no colon after a member name");
    }
    skip_space();
    member.at = at_;
    if (auto problem = skip_value()) {
      return problem;
    }
    member.value = text_.substr(member.at, at_ - member.at);
    return std::nullopt;
  }

  std::optional<JsonFault> skip_value() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        if (auto problem = skip_string()) {
          return problem;
        }
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (depth > 0 && (c == '}' || c == ']')) {
        --depth;
        ++at_;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) {
        break;
      } else {
        ++at_;
        continue;
      }
      if (depth == 0) {
        break;  // a string, an object or an array ends with its last byte
      }
    }
    if (at_ == begin || depth > 0) {
      return fault("no JSON value");
    }
    return std::nullopt;
  }

  // From the byte behind the opening quote.
  std::optional<JsonFault> skip_string() {
    const auto token = allowlist::scan_string(text_.data() + at_, text_.data() + text_.size());
    at_ = static_cast<std::size_t>(token.end - text_.data());
    if (!token.fault.empty()) {
      return JsonFault{.byte = at_ + 1, .reason = token.fault};
    }
    return std::nullopt;
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) {
      ++at_;
    }
  }

  bool take(char wanted) {
    if (at_ < text_.size() && text_[at_] == wanted) {
      ++at_;
      return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::variant<std::vector<JsonMember>, JsonFault> members_of(std::string_view text) {
  return Splitter(text).split();
}

std::optional<JsonFault> check_json(std::string_view value) {
  // Nothing is to be looked up in it: no member's contents need nodes.
  static const std::vector<std::string_view> none;
  const auto parsed = allowlist::JsonText::parse(value, &none);
  const auto* fault = std::get_if<JsonFault>(&parsed);
  return fault != nullptr ? std::optional(*fault) : std::nullopt;
}

std::optional<std::string> string_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') {
    return std::nullopt;
  }
  const char* const end = value.data() + value.size();
  const auto token = allowlist::scan_string(value.data() + 1, end);
  if (!token.fault.empty() || token.end != end) {
    return std::nullopt;
  }
  const auto inside = value.substr(1, value.size() - 2);
  return token.escaped ? allowlist::decode_string(inside) : std::string(inside);
}

}  // namespace rfi::daemon
