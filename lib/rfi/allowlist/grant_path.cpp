#include "rfi/allowlist/grant_path.hpp"

#include "rfi/allowlist/catalogue.hpp"
#include "rfi/allowlist/names.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace rfi::allowlist {
namespace {

constexpr std::size_t kUuidBytes = 36;

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  std::variant<GrantPath, PathFault> parse() {
    if (read()) {
      return path_;
    }
    return PathFault{.column = at_ + 1, .reason = reason_};
  }

 private:
  bool read() {
    if (!name(path_.section, "a section's name (letters, digits, _) is expected")) {
      return false;
    }
    // The attachments are an address, so they are always followed by a party and a section of it.
    if (path_.section == kAttachments && !(party() && section_of_party())) {
      return false;
    }
    if (take('[')) {
      std::string_view type;
      if (!name(type, "a document type (letters, digits, _) is expected")) {
        return false;
      }
      path_.type = type;
      if (!take(']')) {
        return fail("\"]\" is expected");
      }
    }
    if (take('.')) {
      std::string_view field;
      if (!name(field, "a field's name (letters, digits, _) is expected")) {
        return false;
      }
      path_.field = field;
    }
    return at_ == text_.size() || fail("the path should end here");
  }

  bool party() {
    if (!take('[')) {
      return fail("\"[\" and the UUID of a party are expected");
    }
    const std::string_view id = text_.substr(at_, kUuidBytes);
    if (!is_uuid(id)) {
      return fail("the UUID of a party is expected");
    }
    path_.party = id;
    at_ += kUuidBytes;
    if (!take(']')) {
      return fail("\"]\" is expected");
    }
    return take('.') || fail("\".\" and a section of the party are expected");
  }

  bool section_of_party() {
    const std::size_t begin = at_;
    if (!name(path_.section, "a section's name (letters, digits, _) is expected")) {
      return false;
    }
    if (path_.section == kAttachments || path_.section == kPartyId) {
      at_ = begin;
      return fail("this is an address and no section");
    }
    return true;
  }

  bool name(std::string_view& name, std::string_view reason) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_.substr(at_, 1))) {
      ++at_;
    }
    name = text_.substr(begin, at_ - begin);
    return !name.empty() || fail(reason);
  }

  bool take(char wanted) {
    if (at_ == text_.size() || text_[at_] != wanted) {
      return false;
    }
    ++at_;
    return true;
  }

  bool fail(std::string_view reason) {
    reason_ = reason;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  GrantPath path_;
  std::string_view reason_;
};

}  // namespace

std::variant<GrantPath, PathFault> parse_grant_path(std::string_view text) {
  return PathParser(text).parse();
}

}  // namespace rfi::allowlist
