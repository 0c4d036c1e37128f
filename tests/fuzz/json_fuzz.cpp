// The strict reader of JSON against Boost.JSON: what ours takes, theirs takes and reads the same;
// what theirs takes and ours does not has one of the faults that ours looks for.
#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace {

namespace json = boost::json;
using rfi::allowlist::JsonFault;
using rfi::allowlist::JsonText;
using rfi::allowlist::Kind;
using rfi::fuzz::require;

Kind kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Kind::null;
    case json::kind::bool_:
      return Kind::boolean;
    case json::kind::string:
      return Kind::string;
    case json::kind::array:
      return Kind::array;
    case json::kind::object:
      return Kind::object;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      break;
  }
  return Kind::number;
}

/// What the project refuses although it is JSON.
bool is_stricter(std::string_view reason) {
  return reason == "nested deeper than 32" || reason == "a number that cannot be carried exactly" ||
         reason == "a member name stands twice in the object that ends here";
}

void compare(const JsonText::Value& ours, const json::value& theirs) {
  require(ours.is(kind_of(theirs)), "both read the same kind");
  std::size_t children = 0;
  for (const auto child : ours.children()) {
    if (const auto* object = theirs.if_object()) {
      const auto name = child.name();
      const json::value* same = object->if_contains(json::string_view{name.data(), name.size()});
      require(same != nullptr, "both read the same names");
      compare(child, *same);
    } else {
      compare(child, theirs.as_array().at(children));
    }
    ++children;
  }
  if (const auto* text = theirs.if_string()) {
    std::string room;
    const auto read = ours.string(room);
    require(read == std::string_view(text->data(), text->size()), "both read the same string");
  }
  if (theirs.is_structured()) {
    const std::size_t size =
        theirs.is_object() ? theirs.get_object().size() : theirs.get_array().size();
    require(children == size, "both read as many members");
    require(ours.has_value() == (size != 0), "an empty container is no value");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = rfi::fuzz::text_of(bytes, size);
  const auto ours = JsonText::parse(text);
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 256;
  const json::value theirs =
      json::parse(json::string_view{text.data(), text.size()}, error, {}, options);
  if (const auto* fault = std::get_if<JsonFault>(&ours)) {
    require(fault->byte >= 1 && fault->byte <= size + 1,
            "a fault lies in the text or just behind it");
    require(!fault->reason.empty(), "a fault has a reason");
    require(error || is_stricter(fault->reason),
            "what is JSON is refused for what JSON leaves open only");
    return 0;
  }
  require(!error, "what is taken is JSON");
  compare(std::get<JsonText>(ours).root(), theirs);
  return 0;
}
