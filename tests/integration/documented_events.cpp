#include "integration/documented_events.hpp"

#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

namespace rfi::test {

namespace json = boost::json;

namespace {

using Fields = std::set<std::string, std::less<>>;
using Page = std::map<std::string, Fields, std::less<>>;

/// What stands between the first two backquotes behind `behind`.
std::optional<std::string> quoted(const std::string& line, std::string_view behind) {
  const auto start = line.find(behind);
  if (start == std::string::npos) {
    return std::nullopt;
  }
  const auto from = start + behind.size();
  return line.substr(from, line.find('`', from) - from);
}

Page read_page() {
  std::ifstream file{RFI_EVENTS_PAGE};
  if (!file) {
    throw std::runtime_error("cannot read " RFI_EVENTS_PAGE);
  }
  Page page;
  Fields* fields = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) {
      fields = &page[line.substr(3)];
      *fields = {"ts", "level", "event", "truncated"};
    } else if (fields != nullptr && line.starts_with("| `")) {
      fields->insert(*quoted(line, "| `"));
    } else if (const auto same = quoted(line, "Fields as `"); same && fields != nullptr) {
      fields->insert(page.at(*same).begin(), page.at(*same).end());
    }
  }
  return page;
}

std::optional<std::string> unknown_field(const json::object& object,
                                         const std::string& prefix,
                                         const Fields& fields) {
  for (const auto& [key, value] : object) {
    std::string name = prefix + std::string(key);
    if (!fields.contains(name)) {
      return name;
    }
    if (value.is_object()) {
      if (auto inner = unknown_field(value.as_object(), name + ".", fields)) {
        return inner;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> undocumented(const json::object& line) {
  static const Page page = read_page();
  const json::value* event = line.if_contains("event");
  const std::string name = event == nullptr ? "" : event->as_string().c_str();
  const auto documented = page.find(name);
  if (documented == page.end()) {
    return "event " + name;
  }
  const auto field = unknown_field(line, "", documented->second);
  return field ? std::optional(name + ": field " + *field) : std::nullopt;
}

}  // namespace rfi::test
