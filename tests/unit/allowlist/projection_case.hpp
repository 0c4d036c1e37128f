// One line of a table: an RFI, and the body or the refusal it must give.
#pragma once

#include "rfi/allowlist/body.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// Braces a list of path elements into `requested`: `asked({"a.b", "c"})` is `["a.b","c"]`.
inline std::string asked(const std::vector<std::string>& paths) {
  std::string text = "[";
  for (const std::string& path : paths) {
    text += (text.size() > 1 ? ",\"" : "\"") + path + "\"";
  }
  return text + "]";
}

/// One item of the tree that asks for `fields` of one document type; `more` stands in front, as
/// `"scope":"CUSTOMER",`.
inline std::string item(const std::string& section,
                        const std::string& type,
                        const std::vector<std::string>& fields,
                        const std::string& more = "") {
  std::string list;
  for (const std::string& field : fields) {
    list += (list.empty() ? "" : ",") + (R"({"field_name":")" + field) +
            R"(","data_type":"TEXT","status":"MISSING","reason":null})";
  }
  return "{" + more + R"("section":")" + section + R"(","categories":[{"document_type":")" + type +
         R"(","fields":[)" + list + "]}]}";
}

struct ProjectionCase {
  std::string name;
  std::string requested;
  std::string documents;
  std::string body;     ///< empty: refused
  std::string refusal;  ///< the whole sentence; empty: not refused
  Settings settings = {};
};

inline void run(const std::vector<ProjectionCase>& cases) {
  for (const ProjectionCase& one : cases) {
    SCOPED_TRACE(one.name + ": " + one.requested);
    const Projection projection = project(one.requested, one.documents, one.settings);
    EXPECT_EQ(projection.body, one.body);
    EXPECT_EQ(projection.refusal.value_or(""), one.refusal);
  }
}

}  // namespace rfi::allowlist
