#include "rfi/allowlist/body.hpp"

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/document.hpp"
#include "rfi/allowlist/draft.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/json_text.hpp"
#include "rfi/allowlist/names.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::allowlist {
namespace {

using Value = JsonText::Value;
using Party = std::optional<std::string_view>;

// The members of `documents` that are looked into.
std::vector<std::string_view> names_to_open(const Grants& grants) {
  std::vector<std::string_view> names = {"files"};
  for (const Grant& grant : grants.all()) {
    names.push_back(grant.section);
    if (grant.party) {
      names.push_back(kAttachments);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

// The body below its root: attachments, sections and the documents in them.
class BodyBuilder {
 public:
  explicit BodyBuilder(Draft& draft) : draft_(draft) {}

  void read(const Value& documents) {
    draft_.open('{');
    for (const Value member : documents.children()) {
      const Draft::Step step(draft_, "", shown(member.name()));
      keep_if_granted(member, [&] {
        return member.name() == kAttachments ? read_attachments(member)
                                             : read_section(member, std::nullopt);
      });
    }
    draft_.close('}');
  }

 private:
  // What `read` adds stays if it says so; else all of `value` is withheld, under one path.
  template <typename Read>
  bool keep_if_granted(const Value& value, Read read) {
    if (!value.has_value()) {
      return false;
    }
    const Draft::Mark before = draft_.mark();
    if (read()) {
      return true;
    }
    draft_.take_back(before);
    draft_.withheld();
    return false;
  }

  bool read_attachments(const Value& member) {
    if (!member.is(Kind::array)) {
      return false;
    }
    draft_.begin_member(member);
    draft_.open('[');
    bool any = false;
    std::size_t index = 0;
    for (const Value attachment : member.children()) {
      std::string room;
      const std::optional<Value> id = attachment.find(kPartyId);
      const std::string_view party = id ? id->string(room) : std::string_view();
      const std::string label = is_uuid(party) ? std::string(party) : std::to_string(index);
      const Draft::Step step(draft_, "[", label, "]");
      any = keep_if_granted(attachment, [&] { return read_attachment(attachment, party); }) || any;
      ++index;
    }
    draft_.close(']');
    return any;
  }

  bool read_attachment(const Value& attachment, std::string_view party) {
    if (party.empty()) {
      return false;  // nobody's: covered by no grant (rule 5)
    }
    std::string room;
    const std::string_view key = party_key(party, room);
    draft_.open('{');
    bool any = false;
    for (const Value member : attachment.children()) {
      if (member.name() == kPartyId) {
        draft_.add_member(member);
        continue;
      }
      const Draft::Step step(draft_, ".", shown(member.name()));
      any = keep_if_granted(member, [&] { return read_section(member, key); }) || any;
    }
    draft_.close('}');
    return any;
  }

  bool read_section(const Value& member, const Party& party) {
    const std::span<const Grant> grants = draft_.grants().of(party, member.name());
    if (grants.empty()) {
      return false;
    }
    switch (shape_of(member.name())) {
      case SectionShape::text:
        return read_text(member, grants);
      case SectionShape::document:
        return member.is(Kind::object) && read_documents(member, grants);
      case SectionShape::documents:
        return member.is(Kind::array) && read_documents(member, grants);
      case SectionShape::unknown:
        break;
    }
    return read_unknown(member, grants);
  }

  // `tos_policies_value`: a string that stands for a document of type TOS with one field of its own
  // name.
  bool read_text(const Value& member, std::span<const Grant> grants) {
    bool covered = false;
    for (const Grant& grant : grants) {
      if (covers_type(grant, member.name(), kTermsType, draft_.settings()) &&
          (!grant.field || *grant.field == kTermsValue)) {
        covered = true;
        draft_.met(grant);
      }
    }
    if (!covered) {
      return false;
    }
    if (!member.is(Kind::string)) {
      draft_.problem(": must be a string");
      return false;
    }
    draft_.add_member(member);
    draft_.sent();
    return true;
  }

  // A section nobody documented: whole, it goes byte for byte; in part, by the rules of the others.
  bool read_unknown(const Value& member, std::span<const Grant> grants) {
    const Draft::Mark before = draft_.mark();
    // Grants of the whole sort first. Those in part must be met by themselves, and beside the whole
    // they refuse only what they ask for.
    const auto part = std::ranges::partition_point(
        grants, [](const Grant& grant) { return grant.is_whole_section(); });
    const std::span<const Grant> whole(grants.begin(), part);
    const std::span<const Grant> in_part(part, grants.end());
    bool any = !in_part.empty() && read_documents(member, in_part);
    if (!whole.empty()) {
      draft_.take_back(before);
      draft_.add_member(member);
      draft_.sent();
      any = true;
    }
    for (const Grant& grant : whole) {
      draft_.met(grant);
    }
    return any;
  }

  // The documents of a section: the object itself, or the objects in its array.
  bool read_documents(const Value& member, std::span<const Grant> grants) {
    draft_.begin_member(member);
    std::string room;
    if (member.is(Kind::object)) {
      return add_document(draft_, member, member.name(), type_of(member, room), grants);
    }
    if (!member.is(Kind::array)) {
      return false;
    }
    draft_.open('[');
    bool any = false;
    std::size_t index = 0;
    for (const Value document : member.children()) {
      const std::optional<std::string_view> type = type_of(document, room);
      const std::string label = label_of(type, index, grants);
      const Draft::Step step(draft_, "[", label, "]");
      any = keep_if_granted(document,
                            [&] {
                              return document.is(Kind::object) &&
                                     add_document(draft_, document, member.name(), type, grants);
                            }) ||
            any;
      ++index;
    }
    draft_.close(']');
    return any;
  }

  // How a document is called in a path: by its type where the RFI or the API's documentation names
  // that, for then it gives nothing of the document away; else by its place.
  static std::string label_of(std::optional<std::string_view> type,
                              std::size_t index,
                              std::span<const Grant> grants) {
    const auto asked_for = [&type](const Grant& grant) { return grant.type == type; };
    const bool may_be_shown = type && shown(*type) == *type &&
                              (is_documented_type(*type) || std::ranges::any_of(grants, asked_for));
    return may_be_shown ? std::string(*type) : std::to_string(index);
  }

  static std::optional<std::string_view> type_of(const Value& document, std::string& room) {
    const std::optional<Value> type = document.find("type");
    return type && type->is(Kind::string) ? std::optional(type->string(room)) : std::nullopt;
  }

  Draft& draft_;
};

// Lists what is missing, and refuses the row for it where rule 7 says so.
void judge_unmet(Draft& draft, Projection& projection) {
  const std::vector<const Grant*> unmet = draft.unmet();
  std::vector<std::string> named;
  std::set<std::string> seen;  // the two sides of one file are one path
  for (const Grant* grant : unmet) {
    projection.unmet_orders.push_back(grant->order);
    std::string path = path_of(*grant);
    if (seen.insert(path).second) {
      projection.unmet.push_back(path);
    }
    if (grant->side != Side::any) {
      path += grant->side == Side::front ? " (FRONT)" : " (BACK)";
    }
    named.push_back(std::move(path));
  }
  const bool nothing_met = unmet.size() == draft.grants().all().size();
  if (unmet.empty() || (draft.settings().partial == Partial::send && !nothing_met)) {
    return;
  }
  draft.problems().add("documents: hold no value for " + join_first(named, named.size(), ", "));
}

std::optional<std::string> sentence_of(const Problems& problems) {
  return problems.empty() ? std::nullopt : std::optional(problems.text());
}

void project_documents(const Value& root, Draft& draft, Projection& projection) {
  BodyBuilder(draft).read(root);
  judge_unmet(draft, projection);
  const std::size_t limit = draft.settings().max_body_bytes;
  if (draft.body().size() > limit) {
    draft.problems().add("the body has " + std::to_string(draft.body().size()) +
                         " bytes, more than submission.max_body_bytes, " + std::to_string(limit));
  }
  projection.withheld = std::move(draft.withheld_paths());
  projection.refusal = sentence_of(draft.problems());
  if (!projection.refusal) {
    projection.body = std::move(draft.body());
    projection.sent = std::move(draft.sent_paths());
    projection.files = std::move(draft.files_by_path());
  }
}

}  // namespace

Projection project(std::string_view requested,
                   std::string_view documents,
                   const Settings& settings) {
  Projection projection;
  Requested asked = read_requested(requested, settings);
  const std::vector<std::string_view> opened = names_to_open(asked.grants);
  const auto parsed = JsonText::parse(documents, &opened);
  if (const auto* fault = std::get_if<JsonFault>(&parsed)) {
    asked.problems.add("documents: at byte " + std::to_string(fault->byte) + ": " +
                       std::string(fault->reason));
  } else if (!std::get<JsonText>(parsed).root().is(Kind::object)) {
    asked.problems.add("documents: must be an object");
  }
  if (!asked.problems.empty()) {
    projection.refusal = sentence_of(asked.problems);
    return projection;
  }
  Draft draft(asked.grants, settings);
  draft.body().reserve(std::min(documents.size(), settings.max_body_bytes));
  project_documents(std::get<JsonText>(parsed).root(), draft, projection);
  return projection;
}

}  // namespace rfi::allowlist
