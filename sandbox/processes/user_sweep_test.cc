#include "sandbox/processes/user_sweep.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace carrel {
namespace {

// A user without processes.
constexpr uint32_t kUid = 3'999'999'999;

TEST(UserSweep, AUserWithoutProcessesIsFree) { EXPECT_TRUE(SweepUser(kUid)); }

TEST(UserSweep, RootIsNotSwept) { EXPECT_FALSE(SweepUser(0)); }

TEST(UserSweep, AUserIsNotFreeIfProcessesCannotBeListed) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool is_free = SweepUser(kUid);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(is_free);
}

// The directory can be listed, but no file in it be read.
TEST(UserSweep, AUserIsNotFreeWhereNobodyCanRead) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit one{4, limit.rlim_max};  // One descriptor is left besides the standard ones.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &one), 0);
  const bool is_free = SweepUser(kUid);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(is_free);
}

}  // namespace
}  // namespace carrel
