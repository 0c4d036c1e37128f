// What is known of the API's sections, fields and generic document types, and what an operator may
// add to it. Data only; the rules that use it are in grant.hpp, body.hpp and leaf_check.hpp.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {

/// `[[allowlist.alias]]`: where something goes that has no place in any documented body.
/// `as` names a section (`as = "proof_of_identity"`), a field of the same section (`as = "number"`)
/// or both
/// (`as = "supporting_documents.files"`); which one is meant follows from the names.
struct Alias {
  std::string section;
  std::optional<std::string> field;  ///< absent: every field of the section
  std::string as;
  bool operator==(const Alias&) const = default;
};

/// `allowlist.policy`: what a grant of `files` lets through.
enum class Policy { strict, document };

/// `allowlist.partial`: what happens when a grant is not met.
enum class Partial { refuse, send };

/// Whether a file may be given by `path`: only where somebody uploads it first.
enum class FilesByPath { refuse, upload };

/// The allowlist settings in force (README.md beside this file).
struct Settings {
  Policy policy = Policy::strict;
  Partial partial = Partial::refuse;
  std::vector<std::string> extra_fields;  ///< `[allowlist] fields`: documented fields beyond ours
  /// `[allowlist.types]`: a generic document type and the sections in which it stands for any type.
  std::map<std::string, std::vector<std::string>, std::less<>> generic_types = {
      {"GOVERNMENT_ID", {"proof_of_identity", "identifying_documents"}},
      {"PROOF_OF_ADDRESS", {"proof_of_address", "address_documents"}},
  };
  std::vector<Alias> aliases;
  std::size_t max_body_bytes = std::size_t{1024} * 1024;
  FilesByPath files_by_path = FilesByPath::refuse;
  bool operator==(const Settings&) const = default;
};

/// The member of the body that holds the parties' attachments: an address, never a section.
inline constexpr std::string_view kAttachments = "associated_party_attachments";
inline constexpr std::string_view kPartyId = "associated_party_id";
/// The section that is a string, which is also the name of its only field.
inline constexpr std::string_view kTermsValue = "tos_policies_value";
inline constexpr std::string_view kTermsType = "TOS";

/// How the API documents a section.
enum class SectionShape {
  document,   ///< an object
  documents,  ///< an array of objects
  text,       ///< a string
  unknown     ///< not documented
};
[[nodiscard]] SectionShape shape_of(std::string_view section);

/// Whether `type` is one of the document types the API documents: vocabulary, so a path may show
/// it. Any other type in `documents` is a value like the rest.
[[nodiscard]] bool is_documented_type(std::string_view type);

/// True for the fields that a grant of a whole document covers: the API's and the operator's
/// `extra_fields`.
[[nodiscard]] bool is_documented_field(std::string_view field, const Settings& settings);

/// True if `type` stands for any type in `section`.
[[nodiscard]] bool is_generic_type(std::string_view type,
                                   std::string_view section,
                                   const Settings& settings);

/// One canonical text of the settings, the same for equal settings: its hash is
/// `attempt.policy_sha256`.
[[nodiscard]] std::string canonical_text(const Settings& settings);

}  // namespace rfi::allowlist
