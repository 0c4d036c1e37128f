// JSON read strictly into a light tree of spans over the original text, so that a value can be
// copied byte for byte. General JSON libraries reformat numbers (1.10 becomes 1.1E0) and keep the
// last of two equal names in silence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rfi::allowlist {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// Why a text is refused, and at which byte of it (counted from 1). The reason never quotes the
/// text.
struct JsonFault {
  std::size_t byte = 0;
  std::string_view reason;
};

/// One text and the tree over it. The text must outlive it. A node takes 24 bytes.
class JsonText {
 public:
  class Value;
  class Children;

  /// Reads the whole of `text`: syntax, UTF-8, duplicate names (compared unescaped), numbers out of
  /// range and nesting deeper than 32 are judged everywhere, and the first fault found is returned.
  /// `opened`, if given, is sorted and names the members whose containers get nodes of their own;
  /// what lies in other members is judged and then one opaque node, so that a huge part nobody asks
  /// for costs no memory.
  [[nodiscard]] static std::variant<JsonText, JsonFault> parse(
      std::string_view text, const std::vector<std::string_view>* opened = nullptr);

  /// The outermost value. Values are handles: they must not outlive this object, which must not
  /// move meanwhile.
  [[nodiscard]] Value root() const;

 private:
  friend class JsonParser;
  struct Node {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t name_begin = 0;  // raw name, quotes included; empty for what is no member
    std::uint32_t name_end = 0;
    std::uint32_t next = 0;  // the node behind this one's descendants
    Kind kind = Kind::null;
    bool escaped = false;
    bool name_escaped = false;
  };

  std::string_view text_;
  std::vector<Node> nodes_;
  std::map<std::uint32_t, std::string> decoded_names_;  // by name_begin; escaped names only
};

/// One value of the tree.
class JsonText::Value {
 public:
  Value(const JsonText& tree, std::uint32_t index) : tree_(&tree), index_(index) {}

  [[nodiscard]] Kind kind() const { return node().kind; }
  [[nodiscard]] bool is(Kind kind) const { return node().kind == kind; }
  /// The exact bytes of the value.
  [[nodiscard]] std::string_view text() const { return slice(node().begin, node().end); }
  /// The exact bytes of the member's name, quotes included.
  [[nodiscard]] std::string_view name_text() const {
    return slice(node().name_begin, node().name_end);
  }
  /// The member's name, unescaped.
  [[nodiscard]] std::string_view name() const;
  /// What a string says: a view of the text, or of `room` where something is escaped. Empty for
  /// other kinds.
  [[nodiscard]] std::string_view string(std::string& room) const;
  /// False for null, an empty array and an empty object: contract rule 8 calls them no value.
  [[nodiscard]] bool has_value() const;
  /// The members or items, in order. None for an opaque container (see parse).
  [[nodiscard]] Children children() const;
  /// The member of that (unescaped) name that holds a value, if there is one.
  [[nodiscard]] std::optional<Value> find(std::string_view name) const;

 private:
  friend class Children;
  [[nodiscard]] const Node& node() const { return tree_->nodes_[index_]; }
  [[nodiscard]] std::string_view slice(std::uint32_t begin, std::uint32_t end) const {
    return tree_->text_.substr(begin, end - begin);
  }

  const JsonText* tree_;
  std::uint32_t index_;
};

/// A range over siblings.
class JsonText::Children {
 public:
  class Iterator {
   public:
    Iterator(const JsonText& tree, std::uint32_t index) : tree_(&tree), index_(index) {}
    [[nodiscard]] Value operator*() const { return {*tree_, index_}; }
    Iterator& operator++() {
      index_ = tree_->nodes_[index_].next;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const JsonText* tree_;
    std::uint32_t index_;
  };

  Children(const JsonText& tree, std::uint32_t first, std::uint32_t last)
      : tree_(&tree), first_(first), last_(last) {}
  [[nodiscard]] Iterator begin() const { return {*tree_, first_}; }
  [[nodiscard]] Iterator end() const { return {*tree_, last_}; }
  [[nodiscard]] bool empty() const { return first_ == last_; }

 private:
  const JsonText* tree_;
  std::uint32_t first_;
  std::uint32_t last_;
};

}  // namespace rfi::allowlist
