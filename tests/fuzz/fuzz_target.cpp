#include "fuzz/fuzz_target.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace rfi::fuzz {

void require(bool holds, std::string_view promise, std::source_location place) {
  if (!holds) {
    (void)std::fprintf(stderr,
                       "%s:%u: broken: %.*s\n",
                       place.file_name(),
                       place.line(),
                       static_cast<int>(promise.size()),
                       promise.data());
    std::abort();
  }
}

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::vector<std::string_view> pieces_of(std::string_view input, std::size_t count) {
  constexpr std::string_view kBetween = "\n----\n";
  std::vector<std::string_view> pieces;
  while (pieces.size() + 1 < count) {
    const std::size_t end = input.find(kBetween);
    pieces.push_back(input.substr(0, end));
    input =
        end == std::string_view::npos ? std::string_view{} : input.substr(end + kBetween.size());
  }
  pieces.push_back(input);
  return pieces;
}

bool is_clean_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      return false;
    }
  }
  // Boost.JSON judges the UTF-8, so that the project's own reading of it is not its own judge.
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' || c == '\\' ? "\\" : "";
    quoted += c;
  }
  boost::system::error_code error;
  (void)boost::json::parse(quoted + "\"", error);
  return !error;
}

std::size_t Choices::below(std::size_t limit) {
  if (left_ == 0) {
    return 0;
  }
  --left_;
  return *bytes_++ % limit;
}

}  // namespace rfi::fuzz
