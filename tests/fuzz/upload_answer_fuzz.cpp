// Answers to an upload: a uri that goes into a body as exactly itself, or none.
#include "fuzz/fuzz_target.hpp"

#include "rfi/allowlist/file_by_path.hpp"
#include "rfi/api/multipart.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <string>

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using rfi::allowlist::kUriToCome;
  using rfi::fuzz::require;
  namespace json = boost::json;
  const auto text = rfi::fuzz::text_of(bytes, size);
  const auto uri = rfi::api::uploaded_uri(text, "d1");
  if (!uri) {
    return 0;
  }
  require(!uri->empty() && uri->size() <= 2048, "a uri has a sensible length");
  const std::string head = R"({"a":{"uri":)";
  const std::string body = head + std::string{kUriToCome} + R"(,"side":"FRONT"}})";
  const std::array<rfi::allowlist::UriAt, 1> uris{{{head.size(), *uri}}};
  const std::string complete = rfi::allowlist::with_uris(body, uris);
  boost::system::error_code error;
  const json::value parsed = json::parse(complete, error);
  require(!error, "a body with the uri is JSON");
  const json::value& file = parsed.at("a");
  require(file.as_object().size() == 2, "a uri adds no member");
  require(std::string_view(file.at("uri").as_string()) == *uri, "a uri stays as it is");
  require(complete.find('\n') == std::string::npos, "a uri makes no second line");
  return 0;
}
