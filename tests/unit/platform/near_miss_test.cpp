#include "rfi/platform/near_miss.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::platform {
namespace {

TEST(NearMiss, FindsTheWordThatWasMeant) {
  const std::vector<std::string> words = {"path", "base_url", "max_delay", "max_open", "as"};
  struct Case {
    std::string_view typed;
    std::optional<std::string> meant;
  };
  const std::vector<Case> cases = {{"base_ur", "base_url"},
                                   {"baseurl", "base_url"},
                                   {"base-url", "base_url"},
                                   {"BASE_URL", "base_url"},
                                   {"bsae_url", "base_url"},
                                   {"base_uri", "base_url"},
                                   {"pth", "path"},
                                   {"max_opne", "max_open"},
                                   {"max_dealy", "max_delay"},
                                   {"url", std::nullopt},
                                   {"pa", std::nullopt},
                                   {"is", std::nullopt},
                                   {"", std::nullopt},
                                   {"something_else", std::nullopt}};
  for (const auto& [typed, meant] : cases) {
    EXPECT_EQ(near_miss(typed, words), meant) << typed;
  }
  EXPECT_EQ(near_miss(std::string(1'000'000, 'a'), words), std::nullopt);
  EXPECT_EQ(near_miss("a", {}), std::nullopt);
}

}  // namespace
}  // namespace rfi::platform
