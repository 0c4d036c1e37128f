// What every fuzz target shares: the entry point, a promise that ends the run when it is broken,
// and two ways to take an input apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <vector>

/// The one function of a target. libFuzzer calls it with what it makes up, replay.cpp with the
/// corpus.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace rfi::fuzz {

/// Ends the process with `promise` and its place unless it holds: the fuzzer then keeps the input.
void require(bool holds,
             std::string_view promise,
             std::source_location place = std::source_location::current());

[[nodiscard]] std::string_view text_of(const std::uint8_t* bytes, std::size_t size);

/// The pieces of `input` between lines of four dashes, so that a corpus file of several texts can
/// be read and edited. Exactly `count` of them; the last one takes the rest, missing ones are
/// empty.
[[nodiscard]] std::vector<std::string_view> pieces_of(std::string_view input, std::size_t count);

/// True for text without control characters (U+0000..1F, 7F..9F) that is valid UTF-8: what may
/// stand in a log line.
[[nodiscard]] bool is_clean_text(std::string_view text);

/// Reads an input as a row of decisions, for targets that build structured data from it. Once the
/// bytes are used up every decision is the first one, so whatever is built comes to an end.
class Choices {
 public:
  Choices(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), left_(size) {}

  /// 0 to limit - 1; `limit` is 1 to 256.
  [[nodiscard]] std::size_t below(std::size_t limit);
  /// True in about one of `of` cases.
  [[nodiscard]] bool rarely(std::size_t of) { return below(of) == 1; }
  template <class Words>
  [[nodiscard]] auto any(const Words& words) {
    return words[below(words.size())];
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t left_;
};

}  // namespace rfi::fuzz
