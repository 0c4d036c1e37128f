#include "rfi/platform/secret.hpp"

#include "rfi/platform/field.hpp"

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace rfi::platform {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(Streamable<std::string>, "the check itself can fail");
static_assert(!Streamable<Secret>);
static_assert(fmt::is_formattable<std::string>::value, "the check itself can fail");
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::is_constructible_v<std::string, Secret>);
static_assert(!std::is_constructible_v<std::string_view, Secret>);
static_assert(!std::is_constructible_v<bool, Secret>);
static_assert(!std::convertible_to<std::string_view, Secret>, "made on purpose only");
static_assert(std::is_constructible_v<Field, std::string_view, std::string>);
static_assert(!std::is_constructible_v<Field, std::string_view, Secret>);
static_assert(!std::is_constructible_v<Field, std::string_view, std::optional<Secret>>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);

TEST(Secret, RevealsWhatItWasGiven) {
  const Secret secret(std::string_view("p\0w", 3));
  EXPECT_EQ(secret.reveal(), std::string_view("p\0w", 3));
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret{}.empty());
  EXPECT_EQ(Secret{}.reveal(), "");
}

TEST(Secret, CopiesAreIndependent) {
  Secret original("first");
  Secret copy(original);
  original = Secret("second");
  EXPECT_EQ(copy.reveal(), "first");
  copy = original;
  EXPECT_EQ(copy.reveal(), "second");
  const Secret& itself = copy;
  copy = itself;
  EXPECT_EQ(copy.reveal(), "second");
}

TEST(Secret, MovesLeaveNothingBehind) {
  Secret original("a secret that is longer than any small buffer");
  Secret moved(std::move(original));
  EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  Secret assigned("other");
  assigned = std::move(moved);
  EXPECT_TRUE(moved.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  EXPECT_EQ(assigned.reveal(), "a secret that is longer than any small buffer");
}

TEST(Secret, ComparesByBytes) {
  EXPECT_TRUE(Secret("a") == Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("aa"));
  EXPECT_TRUE(Secret{} == Secret(""));
}

TEST(Wipe, ClearsWhatStandsBehindTheEndToo) {
  std::string buffer(100, 'x');
  buffer.resize(3);
  const char* const bytes = buffer.data();
  wipe(buffer);
  EXPECT_TRUE(buffer.empty());
  ASSERT_EQ(buffer.data(), bytes) << "wiping must not move the buffer";
  buffer.resize(3);
  EXPECT_EQ(buffer, std::string(3, '\0'));
}

}  // namespace
}  // namespace rfi::platform
