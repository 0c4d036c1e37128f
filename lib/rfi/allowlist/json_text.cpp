#include "rfi/allowlist/json_text.hpp"

#include "rfi/allowlist/json_token.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::allowlist {
namespace {

// The outermost value is 1, and a number or string inside 32 arrays is the 33rd: it is refused.
constexpr std::size_t kDeepest = 32;
constexpr std::size_t kFewNames = 16;
constexpr std::size_t kUsualBytes =
    std::size_t{64} * 1024;  // more is not reserved for nodes ahead of need

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool has_duplicate(const std::string_view* first, const std::string_view* last) {
  const auto count = static_cast<std::size_t>(last - first);
  if (count <= kFewNames) {
    for (const std::string_view* name = first; name != last; ++name) {
      if (std::find(first, name, *name) != name) {
        return true;
      }
    }
    return false;
  }
  // By hash first: comparing millions of names as texts takes seconds.
  std::vector<std::pair<std::size_t, std::string_view>> names;
  names.reserve(count);
  for (const std::string_view* name = first; name != last; ++name) {
    names.emplace_back(std::hash<std::string_view>{}(*name), *name);
  }
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

}  // namespace

/// One pass over one text. Recursive, which kDeepest keeps harmless.
class JsonParser {
 public:
  JsonParser(std::string_view text, const std::vector<std::string_view>* opened)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), opened_(opened) {
    tree_.text_ = text;
    tree_.nodes_.reserve(std::min(text.size(), kUsualBytes) / 16 + 1);
  }

  std::variant<JsonText, JsonFault> parse() {
    if (tree_.text_.size() >= std::numeric_limits<std::uint32_t>::max()) {
      return JsonFault{.byte = 1, .reason = "4 GiB or more"};
    }
    skip_space();
    if (value(1, Nodes::kept, JsonText::Node{})) {
      skip_space();
      if (at_ == end_) {
        return std::move(tree_);
      }
      fail("more text behind the end of the JSON value");
    }
    return fault_;
  }

 private:
  enum class Nodes : std::uint8_t {
    kept,    // this value and what is in it
    opaque,  // this value alone
    none
  };

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  bool fail(std::string_view reason) {
    fault_ = {.byte = offset(at_) + std::size_t{1}, .reason = reason};
    return false;
  }

  void skip_space() {
    while (at_ != end_ && is_space(*at_)) {
      ++at_;
    }
  }

  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) {
      return false;
    }
    ++at_;
    return true;
  }

  bool take_token(const Token& token) {
    at_ = token.end;
    return token.fault.empty() || fail(token.fault);
  }

  bool word(std::string_view wanted) {
    if (static_cast<std::size_t>(end_ - at_) < wanted.size() ||
        std::string_view(at_, wanted.size()) != wanted) {
      return fail("no JSON value");
    }
    at_ += wanted.size();
    return true;
  }

  // Reads one value; `node` brings the member's name along.
  bool value(std::size_t depth, Nodes nodes, JsonText::Node node) {
    if (at_ == end_) {
      return fail("the text ends too early");
    }
    if (depth > kDeepest) {
      return fail("nested deeper than 32");
    }
    node.begin = offset(at_);
    const std::size_t place = tree_.nodes_.size();
    if (nodes != Nodes::none) {
      tree_.nodes_.push_back(node);
    }
    const Nodes inside = nodes == Nodes::kept ? Nodes::kept : Nodes::none;
    bool good = false;
    switch (*at_) {
      case '{':
        node.kind = Kind::object;
        good = object(depth, inside);
        break;
      case '[':
        node.kind = Kind::array;
        good = array(depth, inside);
        break;
      case '"': {
        const Token token = scan_string(at_ + 1, end_);
        node.kind = Kind::string;
        node.escaped = token.escaped;
        good = take_token(token);
        break;
      }
      case 't':
        node.kind = Kind::boolean;
        good = word("true");
        break;
      case 'f':
        node.kind = Kind::boolean;
        good = word("false");
        break;
      case 'n':
        good = word("null");
        break;
      default:
        node.kind = Kind::number;
        good = take_token(scan_number(at_, end_));
    }
    if (good && nodes != Nodes::none) {
      node.end = offset(at_);
      node.next = static_cast<std::uint32_t>(tree_.nodes_.size());
      tree_.nodes_[place] = node;
    }
    return good;
  }

  bool array(std::size_t depth, Nodes nodes) {
    ++at_;
    skip_space();
    if (take(']')) {
      return true;
    }
    while (true) {
      if (!value(depth + 1, nodes, JsonText::Node{})) {
        return false;
      }
      skip_space();
      if (take(']')) {
        return true;
      }
      if (!take(',')) {
        return fail("a comma or the end of an array is missing");
      }
      skip_space();
    }
  }

  bool object(std::size_t depth, Nodes nodes) {
    ++at_;
    skip_space();
    if (take('}')) {
      return true;
    }
    const std::size_t first_name = names_.size();
    while (true) {
      if (!member(depth, nodes)) {
        return false;
      }
      skip_space();
      if (take('}')) {
        break;
      }
      if (!take(',')) {
        return fail("a comma or the end of an object is missing");
      }
      skip_space();
    }
    if (has_duplicate(names_.data() + first_name, names_.data() + names_.size())) {
      --at_;
      return fail("a member name stands twice in the object that ends here");
    }
    names_.resize(first_name);
    return true;
  }

  bool member(std::size_t depth, Nodes nodes) {
    const char* const begin = at_;
    if (!take('"')) {
      return fail("a member name is missing");
    }
    const Token token = scan_string(at_, end_);
    if (!take_token(token)) {
      return false;
    }
    JsonText::Node node;
    node.name_begin = offset(begin);
    node.name_end = offset(at_);
    node.name_escaped = token.escaped;
    std::string_view name(begin + 1, static_cast<std::size_t>(at_ - begin) - 2);
    if (token.escaped) {
      name = tree_.decoded_names_.emplace(node.name_begin, decode_string(name)).first->second;
    }
    names_.push_back(name);
    skip_space();
    if (!take(':')) {
      return fail("a colon is missing");
    }
    skip_space();
    return value(depth + 1, nodes == Nodes::kept ? nodes_for(name) : Nodes::none, node);
  }

  [[nodiscard]] Nodes nodes_for(std::string_view name) const {
    const bool open = opened_ == nullptr || at_ == end_ || (*at_ != '{' && *at_ != '[') ||
                      std::ranges::binary_search(*opened_, name);
    return open ? Nodes::kept : Nodes::opaque;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const std::vector<std::string_view>* opened_;
  JsonText tree_;
  std::vector<std::string_view> names_;  // of the objects that are open, innermost last
  JsonFault fault_;
};

std::variant<JsonText, JsonFault> JsonText::parse(std::string_view text,
                                                  const std::vector<std::string_view>* opened) {
  return JsonParser(text, opened).parse();
}

JsonText::Value JsonText::root() const {
  return {*this, 0};
}

std::string_view JsonText::Value::name() const {
  const Node& own = node();
  if (own.name_escaped) {
    return tree_->decoded_names_.at(own.name_begin);
  }
  return own.name_end == 0 ? std::string_view() : slice(own.name_begin + 1, own.name_end - 1);
}

std::string_view JsonText::Value::string(std::string& room) const {
  const Node& own = node();
  if (own.kind != Kind::string) {
    return {};
  }
  const std::string_view inside = slice(own.begin + 1, own.end - 1);
  if (!own.escaped) {
    return inside;
  }
  room = decode_string(inside);
  return room;
}

bool JsonText::Value::has_value() const {
  if (is(Kind::array) || is(Kind::object)) {
    // By the text, for the nodes of an opaque container are not there.
    const std::string_view own = text();
    return !std::all_of(own.begin() + 1, own.end() - 1, is_space);
  }
  return !is(Kind::null);
}

JsonText::Children JsonText::Value::children() const {
  return {*tree_, index_ + 1, node().next};
}

std::optional<JsonText::Value> JsonText::Value::find(std::string_view name) const {
  if (is(Kind::object)) {
    for (const Value member : children()) {
      if (member.name() == name && member.has_value()) {
        return member;
      }
    }
  }
  return std::nullopt;
}

}  // namespace rfi::allowlist
