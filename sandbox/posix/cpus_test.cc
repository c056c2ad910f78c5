#include "sandbox/posix/cpus.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace carrel {
namespace {

cpu_set_t Allowed() {
  cpu_set_t cpus;
  EXPECT_EQ(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
  return cpus;
}

void MayUseOnly(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
}

TEST(CpusTest, WhoMayUseOneCpuHasAnOnlyOne) {
  std::thread([] {
    const int cpu = sched_getcpu();
    MayUseOnly(cpu);
    EXPECT_EQ(OnlyCpuOf(0), cpu);
  }).join();
}

TEST(CpusTest, WhoMayUseSeveralHasNone) {
  const cpu_set_t allowed = Allowed();
  if (CPU_COUNT(&allowed) < 2) GTEST_SKIP() << "there is but one CPU";
  EXPECT_EQ(OnlyCpuOf(0), -1);
}

TEST(CpusTest, AProcessThatIsNotThereHasNone) { EXPECT_EQ(OnlyCpuOf(1 << 22), -1); }

TEST(CpusTest, AThreadLeavesACpuAndMayUseItAfterwards) {
  const cpu_set_t before = Allowed();
  if (CPU_COUNT(&before) < 2) GTEST_SKIP() << "there is but one CPU";
  // The kernel may move the thread back at any time, but not each time.
  bool left = false;
  for (int i = 0; i < 1000 && !left; ++i) {
    const int cpu = sched_getcpu();
    ASSERT_TRUE(LeaveCpu(cpu));
    left = sched_getcpu() != cpu;
    const cpu_set_t after = Allowed();
    ASSERT_TRUE(CPU_EQUAL(&before, &after));
  }
  EXPECT_TRUE(left);
}

TEST(CpusTest, AThreadThatHasNoOtherStays) {
  std::thread([] {
    const int cpu = sched_getcpu();
    MayUseOnly(cpu);
    EXPECT_FALSE(LeaveCpu(cpu));
    EXPECT_EQ(OnlyCpuOf(0), cpu);
  }).join();
}

}  // namespace
}  // namespace carrel
