#include "sandbox/host/death.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace carrel {
namespace {

// Wait statuses as waitpid(2) returns them.
int Exited(int code) { return code << 8; }
int Killed(int signal) { return signal; }

TEST(Death, AnExitIsReportedWithItsCode) {
  EndObservations seen;
  seen.wait_status = Exited(3);
  const Death death = DescribeDeath(seen);
  EXPECT_FALSE(death.killed_by_host);
  EXPECT_EQ(death.exit_code, 3);
  EXPECT_EQ(death.message, "The interpreter process exited with code 3.");
}

TEST(Death, ACrashIsReportedWithItsSignal) {
  EndObservations seen;
  seen.wait_status = Killed(SIGSEGV);
  EXPECT_EQ(DescribeDeath(seen).signal, SIGSEGV);
}

TEST(Death, WithoutAReportItIsUnexplained) { EXPECT_TRUE(DescribeDeath({}).unexplained); }

TEST(Death, AKillByTheHostHasItsReason) {
  EndObservations seen;
  seen.wait_status = Killed(SIGKILL);
  seen.killed_for = StopReason::kWorkspaceLimit;
  const Death death = DescribeDeath(seen);
  EXPECT_TRUE(death.killed_by_host);
  EXPECT_EQ(death.reason, StopReason::kWorkspaceLimit);
}

TEST(Death, OfTheInterruptIsAKillForTheInterruptsReason) {
  EndObservations seen;
  seen.wait_status = Killed(SIGINT);
  seen.interrupted_for = StopReason::kTimeout;
  EXPECT_EQ(DescribeDeath(seen).reason, StopReason::kTimeout);
  EXPECT_TRUE(DescribeDeath(seen).killed_by_host);
}

TEST(Death, OfAnotherSignalAfterAnInterruptIsNoKill) {
  EndObservations seen;
  seen.wait_status = Killed(SIGSEGV);
  seen.interrupted_for = StopReason::kTimeout;
  EXPECT_FALSE(DescribeDeath(seen).killed_by_host);
}

TEST(Death, OfAnInterruptThatNobodySentIsACrash) {
  EndObservations seen;
  seen.wait_status = Killed(SIGINT);
  EXPECT_FALSE(DescribeDeath(seen).killed_by_host);
  EXPECT_EQ(DescribeDeath(seen).signal, SIGINT);
}

TEST(Death, TheOomKillerComesBeforeAKillThatWasIntended) {
  EndObservations seen;
  seen.killed_for = StopReason::kTimeout;
  seen.cgroup.emplace();
  seen.cgroup->killed_for_memory = true;
  seen.cgroup->over_own_limit = true;
  EXPECT_EQ(DescribeDeath(seen).reason, StopReason::kMemoryLimit);
  seen.cgroup->over_own_limit = false;
  EXPECT_EQ(DescribeDeath(seen).reason, StopReason::kMemoryShortage);
  // The interpreter had ended before the others were killed.
  seen.wait_status = Exited(0);
  EXPECT_EQ(DescribeDeath(seen).reason, StopReason::kTimeout);
}

TEST(Death, AnAbortForWantOfMemoryIsTheGuestsClaim) {
  EndObservations seen;
  seen.writer_had_no_memory = true;
  seen.wait_status = Killed(SIGABRT);
  EXPECT_EQ(DescribeDeath(seen).reached, ReachedLimit::kMemory);
  seen.wait_status = Killed(SIGSEGV);
  EXPECT_EQ(DescribeDeath(seen).reached, ReachedLimit::kNone);
}

TEST(Death, AFailedStartMayBeRetriedIfAnotherProcessCausedIt) {
  Death death;
  death.signal = SIGKILL;
  EXPECT_TRUE(absl::IsUnavailable(DescribeFailedStart(death, "")));
  EXPECT_TRUE(absl::IsInternal(DescribeFailedStart(death, "chroot: denied")));
  death.signal = SIGSEGV;
  EXPECT_TRUE(absl::IsInternal(DescribeFailedStart(death, "")));
  death = {};
  death.unexplained = true;
  EXPECT_TRUE(absl::IsUnavailable(DescribeFailedStart(death, "")));
}

}  // namespace
}  // namespace carrel
