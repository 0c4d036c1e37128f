#include "prepare.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/leaf_check.hpp"
#include "rfi/allowlist/names.hpp"
#include "rfi/platform/sha256.hpp"
#include "rfi/policy/reference.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rfi::daemon {
namespace {

using Result = std::variant<queue::Prepared, queue::Unsendable>;

std::string joined(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    text += text.empty() ? "" : ", ";
    text += path;
  }
  return text;
}

Result prepare(const queue::Candidate& candidate, const allowlist::Settings& settings) {
  // The id goes into a URL, the reference may go into a header. The queue's CHECKs say the same,
  // but a CHECK can be switched off by whoever writes the file.
  if (const auto fault = policy::reference_fault(candidate.reference)) {
    return queue::Unsendable{"reference " + std::string(*fault), false};
  }
  if (!allowlist::is_uuid(candidate.customer_id)) {
    return queue::Unsendable{"customer_id is no UUID", false};
  }
  allowlist::Projection projection =
      allowlist::project(candidate.requested, candidate.documents, settings);
  if (projection.refusal) {
    return queue::Unsendable{std::move(*projection.refusal), false};
  }
  const auto uncovered =
      allowlist::uncovered_leaves(projection.body, candidate.requested, settings);
  if (!uncovered.empty()) {
    return queue::Unsendable{"the second check found what nobody asked for: " + joined(uncovered) +
                                 "; this is a defect of rfi-submitd, nothing was sent",
                             true};
  }
  queue::Prepared prepared;
  if (projection.files.empty()) {
    prepared.body_sha256 = platform::sha256_hex(projection.body);
  }
  for (allowlist::FileByPath& file : projection.files) {
    prepared.files.push_back({file.offset, std::move(file.place), std::move(file.path)});
  }
  prepared.body = std::move(projection.body);
  prepared.sent = std::move(projection.sent);
  prepared.withheld = std::move(projection.withheld);
  return prepared;
}

}  // namespace

queue::Prepare make_prepare(allowlist::Settings settings) {
  return [settings = std::move(settings)](const queue::Candidate& candidate) {
    return prepare(candidate, settings);
  };
}

}  // namespace rfi::daemon
