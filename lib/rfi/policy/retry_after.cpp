#include "rfi/policy/retry_after.hpp"

#include "rfi/policy/timestamp.hpp"

#include <algorithm>
#include <chrono>

namespace rfi::policy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPause = std::chrono::hours{24};

RetryAfter capped(milliseconds delay) {
  return {std::clamp(delay, milliseconds{0}, kLongestPause), delay > kLongestPause};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits only (RFC 9110: delay-seconds); a number of any length is read, the cap makes the rest
/// irrelevant.
std::optional<milliseconds> parse_seconds(std::string_view text) {
  constexpr std::int64_t kEnough = 10'000'000;
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    seconds = std::min(kEnough, seconds * 10 + (c - '0'));
  }
  return std::chrono::seconds{seconds};
}

}  // namespace

std::optional<RetryAfter> parse_retry_after(std::string_view value,
                                            std::string_view date_header,
                                            UtcTime now) {
  value = trimmed(value);
  if (const auto delay = parse_seconds(value)) {
    return capped(*delay);
  }
  if (const auto date = parse_http_date(value, now)) {
    const UtcTime answered = parse_http_date(trimmed(date_header), now).value_or(now);
    return capped(*date - answered);
  }
  return std::nullopt;
}

}  // namespace rfi::policy
