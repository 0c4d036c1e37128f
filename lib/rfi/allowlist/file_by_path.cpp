#include "rfi/allowlist/file_by_path.hpp"

namespace rfi::allowlist {
namespace {

void append_string(std::string& text, std::string_view value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte < 0x20) {
      text += "\\u00";
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 0x0FU];
    } else {
      text += c;
    }
  }
  text += '"';
}

}  // namespace

std::string with_uris(std::string_view body, std::span<const UriAt> uris) {
  std::string text;
  text.reserve(body.size() + 64 * uris.size());
  std::size_t copied = 0;
  for (const auto& [offset, uri] : uris) {
    text.append(body.substr(copied, offset - copied));
    append_string(text, uri);
    copied = offset + kUriToCome.size();
  }
  text.append(body.substr(copied));
  return text;
}

}  // namespace rfi::allowlist
