// What a look finds: an RFI and a customer's list of open items, both built from decisions, and any
// text as the answer. What is taken for closed must really not be asked for any more.
#include "fuzz/fuzz_target.hpp"
#include "fuzz/made_rfi.hpp"

#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/grant.hpp"
#include "rfi/allowlist/standing.hpp"

#include <algorithm>
#include <string>

namespace {

using rfi::allowlist::Look;
using rfi::allowlist::Settings;
using rfi::allowlist::Standing;
using rfi::fuzz::require;

constexpr std::string_view kCustomer = "ed54db74-7dbe-47d2-8ea0-c2bf2a9dda06";

/// An RFI with its body.
struct Sent {
  std::string requested;
  std::string body;
};

std::string answer_with(std::string_view list) {
  return std::string{
      R"({"data":{"customer_id":"ED54DB74-7dbe-47d2-8ea0-c2bf2a9dda06","request_for_information":)"}
      .append(list)
      .append("}}");
}

Look look(const Sent& sent, std::string_view answer, const Settings& settings) {
  Look found = rfi::allowlist::standing_of(kCustomer, sent.requested, sent.body, answer, settings);
  require(rfi::fuzz::is_clean_text(found.detail), "a detail may stand in a log line");
  require(found.detail.find(rfi::fuzz::kValueMark) == std::string::npos, "a detail shows no value");
  require((found.standing == Standing::unreadable) == !found.detail.empty(),
          "what cannot be read is explained");
  return found;
}

/// Whether a body holds what `list` asks for. `type` goes along with anything, so it does not
/// count.
bool would_be_sent(const Sent& sent, std::string_view list, Settings settings) {
  settings.partial = rfi::allowlist::Partial::send;
  const auto asked = rfi::allowlist::read_requested(list, settings);
  const auto all = asked.grants.all();
  const bool asks_for_type = std::ranges::any_of(
      all, [](const rfi::allowlist::Grant& grant) { return grant.field == "type"; });
  return !asks_for_type && asked.problems.empty() &&
         !rfi::allowlist::project(list, sent.body, settings).refusal;
}

void check_pair(const Sent& sent, const std::string& list, const Settings& settings) {
  const Look found = look(sent, answer_with(list), settings);
  // The wider policy sends what the RFI itself did not ask for: that may well be open.
  if (found.standing == Standing::closed && settings.policy == rfi::allowlist::Policy::strict) {
    require(!would_be_sent(sent, list, settings), "what is closed is not asked for any more");
  }
  require(look(sent, answer_with("[]"), settings).standing == Standing::closed,
          "an empty list asks for nothing");
  require(look(sent, answer_with(sent.requested), settings).standing == Standing::open,
          "an RFI that still stands there as it came is open");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  rfi::fuzz::Choices choices{bytes, size};
  const auto settings = rfi::fuzz::make_settings(choices);
  Sent sent{rfi::fuzz::make_requested(choices), {}};
  const std::string list = rfi::fuzz::make_requested(choices);
  const auto projection =
      rfi::allowlist::project(sent.requested, rfi::fuzz::make_documents(choices), settings);
  sent.body = projection.body;
  if (!projection.refusal) {
    check_pair(sent, list, settings);
    const auto text = rfi::fuzz::text_of(bytes, size);
    (void)look(sent, text, settings);
    (void)look(sent, answer_with(text), settings);
  }
  return 0;
}
