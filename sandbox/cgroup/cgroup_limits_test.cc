#include "sandbox/cgroup/cgroup_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carrel {
namespace {

using ::testing::Contains;
using ::testing::Pair;

constexpr int64_t kMiB = int64_t{1} << 20;

SandboxLimits Limits() {
  SandboxLimits limits;
  limits.memory_bytes = 512 * kMiB;
  limits.process_count = 64;
  limits.cpu_count = 2;
  limits.temporary_bytes = 512 * kMiB;
  return limits;
}

TEST(CgroupLimits, MemoryIsALittleMoreThanOneProcessMayHave) {
  EXPECT_THAT(SettingsOf(LimitsOf(Limits(), 8)),
              Contains(Pair("memory.max", std::to_string((512 + 64 + 64) * kMiB))));
}

TEST(CgroupLimits, SupervisorIsCountedBesideTheSessionsProcesses) {
  EXPECT_THAT(SettingsOf(LimitsOf(Limits(), 8)), Contains(Pair("pids.max", "65")));
}

TEST(CgroupLimits, QuotaIsTheCpusUnlessAllMayBeUsed) {
  EXPECT_THAT(SettingsOf(LimitsOf(Limits(), 8)), Contains(Pair("cpu.max", "200000 100000")));
  EXPECT_THAT(SettingsOf(LimitsOf(Limits(), 2)), Contains(Pair("cpu.max", "max 100000")));
}

TEST(CgroupLimits, NothingIsSwappedAndAllDieTogether) {
  const CgroupSettings settings = SettingsOf(LimitsOf(Limits(), 8));
  EXPECT_THAT(settings, Contains(Pair("memory.swap.max", "0")));
  EXPECT_THAT(settings, Contains(Pair("memory.oom.group", "1")));
}

std::string MemoryOfAll(int64_t bytes) {
  for (const auto& [file, value] : SettingsOfAllSessions({bytes, 1000, 0}))
    if (file == "memory.max") return value;
  return "";
}

TEST(CgroupLimits, ControlPlaneKeepsAnEighthOfTheMemoryWithinReason) {
  EXPECT_EQ(MemoryOfAll(8192 * kMiB), std::to_string(7168 * kMiB));
  EXPECT_EQ(MemoryOfAll(65536 * kMiB), std::to_string((65536 - 2048) * kMiB));
  EXPECT_EQ(MemoryOfAll(1024 * kMiB), std::to_string(768 * kMiB));
  EXPECT_EQ(MemoryOfAll(256 * kMiB), std::to_string(128 * kMiB));
}

TEST(CgroupLimits, ControlPlaneKeepsProcesses) {
  EXPECT_THAT(SettingsOfAllSessions({kMiB, 32768, 0}), Contains(Pair("pids.max", "31744")));
  EXPECT_THAT(SettingsOfAllSessions({kMiB, 512, 0}), Contains(Pair("pids.max", "448")));
}

TEST(CgroupLimits, ControlPlaneKeepsAPartOfAQuotaThatItShares) {
  EXPECT_THAT(SettingsOfAllSessions({kMiB, 512, 2}), Contains(Pair("cpu.max", "180000 100000")));
  for (const auto& [file, value] : SettingsOfAllSessions({kMiB, 512, 0}))
    EXPECT_NE(file, "cpu.max");
}

TEST(CgroupLimits, ThisMachineHasMemoryAndProcesses) {
  const MachineSize machine = MeasureMachine({"/nowhere", "/nowhere"});
  EXPECT_GT(machine.memory_bytes, 16 * kMiB);
  EXPECT_GT(machine.process_count, 100);
  EXPECT_LT(machine.process_count, int64_t{1} << 40);
}

}  // namespace
}  // namespace carrel
