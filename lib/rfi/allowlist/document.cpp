#include "rfi/allowlist/document.hpp"

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/draft.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {
namespace {

using Value = JsonText::Value;

// Rule 3. A side that is neither FRONT nor BACK is a side all the same.
bool lets_through(const Grant& grant, std::optional<std::string_view> side) {
  return grant.side == Side::any || !side ||
         *side == (grant.side == Side::front ? "FRONT" : "BACK");
}

bool asks_for_files(const Grant* grant) {
  return !grant->field || *grant->field == "files";
}

// How a file is given: by the uri it has at the API, or by the path from where it is uploaded
// first.
enum class Source { none, uri, path, both };

Source source_of(const Value& file) {
  const bool uri = file.find("uri").has_value();
  const bool path = file.find("path").has_value();
  if (uri) {
    return path ? Source::both : Source::uri;
  }
  return path ? Source::path : Source::none;
}

class DocumentReader {
 public:
  DocumentReader(Draft& draft, std::vector<const Grant*> covering)
      : draft_(draft), covering_(std::move(covering)) {}

  bool read(const Value& document) {
    files_grant_all_ = draft_.settings().policy == Policy::document && has_granted_file(document);
    bool granted = false;
    draft_.open('{');
    for (const Value member : document.children()) {
      const Draft::Step step(draft_, ".", shown(member.name()));
      // Rule 8: null, [] and {} are no value, whatever the field; they are neither sent nor of a
      // wrong type.
      if (member.has_value()) {
        granted = (member.name() == "files" ? read_files(member) : read_field(member)) || granted;
      }
    }
    draft_.close('}');
    return granted;
  }

 private:
  // `allowlist.policy = "document"`: a grant of files that lets one through grants the document.
  [[nodiscard]] bool has_granted_file(const Value& document) const {
    const std::optional<Value> files = document.find("files");
    if (!files || !files->is(Kind::array)) {
      return false;
    }
    for (const Value file : files->children()) {
      std::string room;
      const std::optional<Value> side = file.find("side");
      const bool granted = std::ranges::any_of(covering_, [&](const Grant* grant) {
        return grant->field == "files" &&
               lets_through(*grant, side ? std::optional(side->string(room)) : std::nullopt);
      });
      if (granted && source_of(file) != Source::none) {
        return true;
      }
    }
    return false;
  }

  // True if the member is sent and counts as a granted value (rule 1).
  bool read_field(const Value& member) {
    const std::string_view name = member.name();
    const bool documented = is_documented_field(name, draft_.settings());
    const auto asks = [&](const Grant* grant) {
      return grant->field ? *grant->field == name : documented;
    };
    const bool granted = (documented && files_grant_all_) || std::ranges::any_of(covering_, asks);
    if (!granted) {
      if (name == "type" && member.is(Kind::string)) {
        draft_.add_member(member);  // structural: without it the granted fields have no address
      } else {
        draft_.withheld();
      }
      return false;
    }
    if (documented && !member.is(Kind::string)) {
      refuse(": must be a string", asks);
      return false;
    }
    draft_.add_member(member);
    draft_.sent();
    bool counts = false;
    for (const Grant* grant : covering_) {
      if (asks(grant) && (grant->field || name != "type")) {
        draft_.met(*grant);
        counts = true;
      }
    }
    return counts;
  }

  bool read_files(const Value& member) {
    if (std::ranges::none_of(covering_, asks_for_files)) {
      draft_.withheld();
      return false;
    }
    if (!member.is(Kind::array)) {
      refuse(": must be an array of objects", &asks_for_files);
      return false;
    }
    const Draft::Mark before = draft_.mark();
    draft_.begin_member(member);
    draft_.open('[');
    draft_.sent();
    bool any = false;
    std::size_t index = 0;
    for (const Value file : member.children()) {
      const Draft::Step step(draft_, "[", std::to_string(index++), "]");
      any = read_file(file) || any;
    }
    draft_.close(']');
    if (!any) {
      draft_.take_back(before);
      draft_.withheld();
    }
    return any;
  }

  bool read_file(const Value& file) {
    if (!file.is(Kind::object)) {
      refuse(": must be an object", &asks_for_files);
      return false;
    }
    const std::optional<Value> side = file.find("side");
    if (side && !side->is(Kind::string)) {
      // Ignoring it would let the file through for both sides.
      refuse(".side: must be a string", &asks_for_files);
      return false;
    }
    std::string room;
    const auto side_text = side ? std::optional(side->string(room)) : std::nullopt;
    const auto asks = [&](const Grant* grant) {
      return asks_for_files(grant) && lets_through(*grant, side_text);
    };
    if (std::ranges::none_of(covering_, asks)) {
      draft_.withheld();
      return false;
    }
    if (const std::string_view fault = fault_of(file); !fault.empty()) {
      refuse(fault, asks);
      return false;
    }
    if (source_of(file) == Source::none) {
      draft_.withheld();  // rule 8
      return false;
    }
    add_file(file);
    for (const Grant* grant : covering_) {
      if (asks(grant)) {
        draft_.met(*grant);
      }
    }
    return true;
  }

  // Why a granted file cannot be sent; empty if it can, or is dropped.
  [[nodiscard]] std::string_view fault_of(const Value& file) const {
    switch (source_of(file)) {
      case Source::none:
        break;
      case Source::both:
        return ": has both a uri and a path; give exactly one of them";
      case Source::path:
        if (draft_.settings().files_by_path == FilesByPath::refuse) {
          return ": a file given by path is uploaded from upload.directory, which is not set; set "
                 "it, or give the file's uri";
        }
        return file.find("path")->is(Kind::string) ? "" : ".path: must be a string";
      case Source::uri:
        return file.find("uri")->is(Kind::string) ? "" : ".uri: must be a string";
    }
    return "";
  }

  // The value that is wrong stands for the grants that ask for it: they are not listed as unmet
  // too.
  template <typename Asks>
  void refuse(std::string_view sentence, Asks asks) {
    draft_.problem(sentence);
    for (const Grant* grant : covering_) {
      if (asks(grant)) {
        draft_.met(*grant);
      }
    }
  }

  void add_file(const Value& file) {
    draft_.open('{');
    for (const Value member : file.children()) {
      if (!member.has_value()) {
        continue;
      }
      if (member.name() == "uri" || member.name() == "side") {
        draft_.add_member(member);
      } else if (member.name() == "path") {
        std::string room;
        draft_.add_file_to_upload(member.string(room));
      } else {
        const Draft::Step step(draft_, ".", shown(member.name()));
        draft_.withheld();
      }
    }
    draft_.close('}');
  }

  Draft& draft_;
  std::vector<const Grant*> covering_;
  bool files_grant_all_ = false;
};

}  // namespace

bool add_document(Draft& draft,
                  const Value& document,
                  std::string_view section,
                  std::optional<std::string_view> type,
                  std::span<const Grant> grants) {
  std::vector<const Grant*> covering;
  covering.reserve(grants.size());
  for (const Grant& grant : grants) {
    if (covers_type(grant, section, type, draft.settings())) {
      covering.push_back(&grant);
    }
  }
  return !covering.empty() && DocumentReader(draft, std::move(covering)).read(document);
}

}  // namespace rfi::allowlist
