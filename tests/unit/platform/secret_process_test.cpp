#include "rfi/platform/secret_process.hpp"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>

namespace rfi::platform {
namespace {

/// In a child: the test's own process goes on as it was.
[[noreturn]] void report_after_forbidding() {
  forbid_core_dumps();
  rlimit limit{};
  const bool limited =
      ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
#ifdef __SANITIZE_ADDRESS__
  const bool hidden = true;  // LeakSanitizer has to look
#else
  const bool hidden = ::prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
#endif
  std::_Exit((limited ? 0 : 1) + (hidden ? 0 : 2));
}

TEST(SecretProcess, IsNotDumpedAndNotTraced) {
  EXPECT_EQ(::prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 1) << "the test itself shows nothing";
  EXPECT_EXIT(report_after_forbidding(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace rfi::platform
