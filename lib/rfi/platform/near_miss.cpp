#include "rfi/platform/near_miss.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace rfi::platform {
namespace {

std::string folded(std::string_view word) {
  std::string result(word);
  for (char& character : result) {
    if (character >= 'A' && character <= 'Z') {
      character = static_cast<char>(character - 'A' + 'a');
    } else if (character == '-' || character == ' ') {
      character = '_';
    }
  }
  return result;
}

// Insertions, deletions, replacements and swaps of neighbours, three rows of the table at a time.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> current(right.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      current[j] = std::min({replaced, above[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, current);
  }
  return above[right.size()];
}

}  // namespace

std::optional<std::string> near_miss(std::string_view word,
                                     const std::vector<std::string>& candidates) {
  // A word that long is no slip of the pen, and the table would be large.
  if (word.size() > 64) {
    return std::nullopt;
  }
  const std::string typed = folded(word);
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t limit = std::min<std::size_t>(2, candidate.size() / 3);
    const std::size_t found = distance(typed, folded(candidate));
    if (found <= limit && (!best || found < best_distance)) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

}  // namespace rfi::platform
