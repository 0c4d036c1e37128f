#include "rfi/policy/later_answers.hpp"

#include <gtest/gtest.h>

namespace rfi::policy::test {
namespace {

using std::chrono::milliseconds;

/// After so many answers to requests that left at `left`.
LaterAnswers after(std::size_t answers, milliseconds left) {
  LaterAnswers later;
  for (std::size_t i = 0; i < answers; ++i) {
    later.answered(left);
  }
  return later;
}

TEST(LaterAnswers, ExcuseARequestThatTenOthersHaveOvertaken) {
  EXPECT_FALSE(LaterAnswers{}.excuse(milliseconds{0}));
  EXPECT_FALSE(after(9, milliseconds{100}).excuse(milliseconds{50}));
  EXPECT_TRUE(after(10, milliseconds{100}).excuse(milliseconds{50}));
  EXPECT_FALSE(after(10, milliseconds{100}).excuse(milliseconds{100})) << "they left together";
  EXPECT_FALSE(after(10, milliseconds{100}).excuse(milliseconds{150}));
}

TEST(LaterAnswers, ExcuseOneInElevenAtMost) {
  LaterAnswers later = after(1000, milliseconds{100});
  for (std::size_t i = 0; i < LaterAnswers::kMostSaved / LaterAnswers::kEnough; ++i) {
    EXPECT_TRUE(later.excuse(milliseconds{50}));
  }
  EXPECT_FALSE(later.excuse(milliseconds{50}));
  for (int i = 0; i < 9; ++i) {
    later.answered(milliseconds{110});
  }
  EXPECT_FALSE(later.excuse(milliseconds{50}));
  later.answered(milliseconds{110});
  EXPECT_TRUE(later.excuse(milliseconds{50}));
}

TEST(LaterAnswers, RememberThoseThatLeftLastWhateverTheirOrder) {
  LaterAnswers later = after(10, milliseconds{100});
  (void)later.excuse(milliseconds{0});
  for (int i = 0; i < 20; ++i) {
    later.answered(milliseconds{10});
  }
  EXPECT_TRUE(later.excuse(milliseconds{99}));
}

}  // namespace
}  // namespace rfi::policy::test
