#include "rfi/api/endpoint.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::api {
namespace {

struct Row {
  std::string_view url;
  Endpoint expected;
  std::string_view host_header;
};

TEST(Endpoint, IsReadFromABaseUrl) {
  const std::vector<Row> rows = {
      {"https://api.fin.com", {Scheme::https, "api.fin.com", "443", ""}, "api.fin.com"},
      {"https://api.fin.com/", {Scheme::https, "api.fin.com", "443", ""}, "api.fin.com"},
      {"https://api.fin.com:443", {Scheme::https, "api.fin.com", "443", ""}, "api.fin.com"},
      {"https://api.fin.com:8443/a/b/",
       {Scheme::https, "api.fin.com", "8443", "/a/b"},
       "api.fin.com:8443"},
      {"HTTPS://api.fin.com//", {Scheme::https, "api.fin.com", "443", ""}, "api.fin.com"},
      {"http://127.0.0.1", {Scheme::http, "127.0.0.1", "80", ""}, "127.0.0.1"},
      {"http://localhost:443", {Scheme::http, "localhost", "443", ""}, "localhost:443"},
      {"https://[::1]", {Scheme::https, "::1", "443", ""}, "[::1]"},
      {"https://[2001:db8::7]:8443/x",
       {Scheme::https, "2001:db8::7", "8443", "/x"},
       "[2001:db8::7]:8443"},
      {"https://h/a%20b", {Scheme::https, "h", "443", "/a%20b"}, "h"},
  };
  for (const Row& row : rows) {
    const auto endpoint = parse_endpoint(row.url);
    ASSERT_TRUE(endpoint.has_value()) << row.url;
    EXPECT_EQ(*endpoint, row.expected) << row.url;
    EXPECT_EQ(host_header(*endpoint), row.host_header) << row.url;
  }
}

TEST(Endpoint, RefusesWhatIsNoBaseUrl) {
  for (const std::string_view url : {"",
                                     "api.fin.com",
                                     "/v1",
                                     "https://",
                                     "https:///v1",
                                     "ftp://api.fin.com",
                                     "https://user@api.fin.com",
                                     "https://user:password@api.fin.com",
                                     "https://api.fin.com?x=1",
                                     "https://api.fin.com/#top",
                                     "https://api.fin.com:port",
                                     "https://api.fin.com:0",
                                     "https://api.fin.com:65536",
                                     "https://api.fin.com:-1",
                                     "https://api .fin.com",
                                     "https://api.fin.com/a b",
                                     "https://api.fin.com\r\nX: y"}) {
    EXPECT_EQ(parse_endpoint(url), std::nullopt) << url;
  }
}

// The host goes into a header as it reads: an encoded line break would begin a second one.
TEST(Endpoint, RefusesAHostThatCouldNotStandInAHeader) {
  for (const std::string_view url : {"https://a%0d%0aX:y", "https://a%20b", "https://a%00"}) {
    EXPECT_EQ(parse_endpoint(url), std::nullopt) << url;
  }
}

TEST(Endpoint, NamesItsAuthorityWithThePortAlways) {
  EXPECT_EQ(authority({Scheme::https, "api.fin.com", "443", "/x"}), "api.fin.com:443");
  EXPECT_EQ(authority({Scheme::https, "::1", "8443", ""}), "[::1]:8443");
}

TEST(ParseProxy, TakesAHostAndAPort) {
  EXPECT_EQ(parse_proxy("http://proxy:3128"), (ProxyAddress{"proxy", "3128"}));
  EXPECT_EQ(parse_proxy("http://[::1]:3128"), (ProxyAddress{"::1", "3128"}));
  for (const std::string_view url : {"",
                                     "proxy:3128",
                                     "https://proxy:3128",
                                     "http://user:word@proxy:3128",
                                     "http://proxy:3128/path",
                                     "http://pro%0d%0axy:3128"}) {
    EXPECT_EQ(parse_proxy(url), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace rfi::api
