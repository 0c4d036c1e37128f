// Answers of the API: the verdict against a table of its own, and what is kept of a refusal.
// Pieces: the status, the answer, the body that was sent.
#include "fuzz/fuzz_target.hpp"

#include "rfi/policy/outcome.hpp"
#include "rfi/policy/refusal.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace json = boost::json;
using rfi::fuzz::require;
using rfi::policy::Outcome;
using rfi::policy::Payload;

constexpr std::size_t kLongestDetail = 200;
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kEscape = "\\u00";

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return result;
}

void collect_strings(const json::value& value, std::vector<std::string>& strings) {
  if (const auto* text = value.if_string()) {
    strings.push_back(lower({text->data(), text->size()}));
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array) {
      collect_strings(item, strings);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      collect_strings(member.value(), strings);
    }
  }
}

/// What stands in a detail between our own marks, the ellipsis and the escapes of control
/// characters: the API's words.
std::vector<std::string> words_of(std::string_view detail) {
  std::vector<std::string> words(1);
  while (!detail.empty()) {
    if (detail.starts_with(kEllipsis)) {
      detail.remove_prefix(kEllipsis.size());
      words.emplace_back();
    } else if (detail.starts_with(kEscape)) {
      detail.remove_prefix(std::min(detail.size(), kEscape.size() + 2));
      words.emplace_back();
    } else {
      words.back() += detail.front();
      detail.remove_prefix(1);
    }
  }
  return words;
}

void check_detail(unsigned status, std::string_view answer, std::string_view body) {
  const std::string detail = rfi::policy::refusal_detail(status, answer, body);
  require(detail.size() <= kLongestDetail, "a detail is short");
  require(rfi::fuzz::is_clean_text(detail), "a detail may stand in a log line");
  const std::string head = "HTTP " + std::to_string(status) + ": ";
  require(detail.starts_with(head.substr(0, head.size() - 2)), "a detail begins with the status");
  boost::system::error_code error;
  const json::value sent = json::parse(json::string_view{body.data(), body.size()}, error);
  if (error || !detail.starts_with(head)) {
    return;
  }
  std::vector<std::string> values;
  collect_strings(sent, values);
  std::erase(values, "");
  for (const std::string& words : words_of(lower(detail.substr(head.size())))) {
    for (const std::string& value : values) {
      require(words.find(value) == std::string::npos, "a detail shows no value of the body");
    }
  }
}

Outcome expected(unsigned status, Payload payload) {
  constexpr std::pair<unsigned, Outcome> kNamed[] = {{401, Outcome::unauthorized},
                                                     {408, Outcome::throttled},
                                                     {409, Outcome::throttled},
                                                     {425, Outcome::throttled},
                                                     {429, Outcome::throttled}};
  for (const auto& [named, outcome] : kNamed) {
    if (status == named) {
      return outcome;
    }
  }
  switch (status / 100) {
    case 2:
      return payload == Payload::other ? Outcome::unknown : Outcome::accepted;
    case 3:
    case 4:
      return Outcome::rejected;
    case 5:
      return Outcome::unavailable;
    default:
      return Outcome::unknown;
  }
}

void check_verdict(unsigned status) {
  for (const Payload payload : {Payload::empty, Payload::json_object, Payload::other}) {
    rfi::policy::Response response;
    response.status = status;
    response.payload = payload;
    const auto verdict = rfi::policy::classify(response);
    require(verdict.outcome == expected(status, payload), "the verdict is that of the table");
    require(verdict.outcome != Outcome::accepted || verdict.blame == rfi::policy::Blame::none,
            "a success blames nobody");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto pieces = rfi::fuzz::pieces_of(rfi::fuzz::text_of(bytes, size), 3);
  unsigned status = 0;
  (void)std::from_chars(pieces[0].data(), pieces[0].data() + pieces[0].size(), status);
  check_verdict(status);
  check_detail(status, pieces[1], pieces[2]);
  return 0;
}
