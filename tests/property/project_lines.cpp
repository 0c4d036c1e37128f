// A filter for the differential test: an RFI a line on standard input, what the allowlist makes of
// it on standard output. Input {requested, documents, settings?, check_body?}; with `check_body`
// the check judges that body and not ours.

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/leaf_check.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include <cstddef>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = boost::json;
using rfi::allowlist::Alias;
using rfi::allowlist::Partial;
using rfi::allowlist::Policy;
using rfi::allowlist::Settings;

std::string text_of(const json::value& value) {
  return json::value_to<std::string>(value);
}

std::vector<std::string> texts_of(const json::value& value) {
  return json::value_to<std::vector<std::string>>(value);
}

Alias alias_of(const json::object& given) {
  Alias alias{.section = text_of(given.at("section")), .field = {}, .as = text_of(given.at("as"))};
  if (const json::value* const field = given.if_contains("field")) {
    alias.field = text_of(*field);
  }
  return alias;
}

Settings settings_of(const json::object& given) {
  Settings settings;
  if (const json::value* const policy = given.if_contains("policy")) {
    settings.policy = text_of(*policy) == "document" ? Policy::document : Policy::strict;
  }
  if (const json::value* const partial = given.if_contains("partial")) {
    settings.partial = text_of(*partial) == "send" ? Partial::send : Partial::refuse;
  }
  if (const json::value* const fields = given.if_contains("fields")) {
    settings.extra_fields = texts_of(*fields);
  }
  if (const json::value* const types = given.if_contains("types")) {
    settings.generic_types.clear();
    for (const auto& type : types->as_object()) {
      settings.generic_types.emplace(std::string(type.key()), texts_of(type.value()));
    }
  }
  if (const json::value* const aliases = given.if_contains("aliases")) {
    for (const json::value& alias : aliases->as_array()) {
      settings.aliases.push_back(alias_of(alias.as_object()));
    }
  }
  if (const json::value* const limit = given.if_contains("max_body_bytes")) {
    settings.max_body_bytes = limit->to_number<std::size_t>();
  }
  return settings;
}

json::object answer_to(const json::object& rfi) {
  const std::string requested = text_of(rfi.at("requested"));
  const std::string documents = text_of(rfi.at("documents"));
  const json::value* const given = rfi.if_contains("settings");
  const Settings settings = given == nullptr ? Settings{} : settings_of(given->as_object());
  const auto projection = rfi::allowlist::project(requested, documents, settings);
  const json::value* const other = rfi.if_contains("check_body");
  const std::string body = other == nullptr ? projection.body : text_of(*other);
  json::object answer;
  answer["body"] = projection.body;
  answer["refusal"] = projection.refusal ? json::value(*projection.refusal) : json::value();
  answer["sent"] = json::value_from(projection.sent);
  answer["withheld"] = json::value_from(projection.withheld);
  answer["unmet"] = json::value_from(projection.unmet);
  answer["uncovered"] =
      json::value_from(rfi::allowlist::uncovered_leaves(body, requested, settings));
  return answer;
}

}  // namespace

int main() {
  try {
    std::string line;
    while (std::getline(std::cin, line)) {
      std::cout << json::serialize(answer_to(json::parse(line).as_object())) << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "rfi_project_lines: not a case it can read: " << error.what() << '\n';
    return 65;
  }
  return 0;
}
