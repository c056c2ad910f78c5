#include "service/execution/outcome.h"

#include <gtest/gtest.h>

#include <csignal>

#include "service/model/time_proto.h"

namespace carrel {
namespace {

v1::Execution Ended(const Outcome& outcome) {
  v1::Execution execution;
  *execution.mutable_timeout() = ToProto(absl::Seconds(2));
  SetEnding(outcome, &execution);
  return execution;
}

Outcome Died(int exit_code, int signal) {
  Outcome outcome;
  outcome.status = Outcome::Status::kDied;
  outcome.death.exit_code = exit_code;
  outcome.death.signal = signal;
  return outcome;
}

TEST(OutcomeTest, ATimeoutThatWasHeededKeepsTheVariables) {
  Outcome outcome;
  outcome.status = Outcome::Status::kException;
  outcome.interrupted = true;
  outcome.interrupt_reason = StopReason::kTimeout;
  v1::Execution execution = Ended(outcome);
  EXPECT_EQ(execution.state(), v1::Execution::FAILED);
  EXPECT_EQ(execution.cause(), v1::Execution::TIMEOUT);
  EXPECT_EQ(execution.ending(), v1::Execution::INTERRUPTED);
  EXPECT_TRUE(execution.variables_survived());
  EXPECT_EQ(execution.message(),
            "Interrupted after 2 s, the execution timeout; variables survived.");
}

TEST(OutcomeTest, ATimeoutThatWasIgnoredCostsTheVariables) {
  Outcome outcome = Died(0, 0);
  outcome.death.killed_by_host = true;
  outcome.death.reason = StopReason::kTimeout;
  v1::Execution execution = Ended(outcome);
  EXPECT_EQ(execution.cause(), v1::Execution::TIMEOUT);
  EXPECT_EQ(execution.ending(), v1::Execution::KILLED);
  EXPECT_FALSE(execution.variables_survived());
}

TEST(OutcomeTest, ACancelledCellIsCancelled) {
  Outcome outcome;
  outcome.interrupted = true;
  outcome.interrupt_reason = StopReason::kCancelled;
  EXPECT_EQ(Ended(outcome).state(), v1::Execution::CANCELLED);
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::CANCELLED_BY_CALLER);
}

TEST(OutcomeTest, AnExceptionThatReportsALimitHasThatCause) {
  Outcome outcome;
  outcome.status = Outcome::Status::kException;
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::EXCEPTION);
  outcome.reached = ReachedLimit::kMemory;
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::MEMORY_LIMIT);
  outcome.reached = ReachedLimit::kTemporary;
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::TEMPORARY_LIMIT);
  outcome.reached = ReachedLimit::kOpenFiles;
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::OPEN_FILE_LIMIT);
  outcome.reached = ReachedLimit::kProcesses;
  const v1::Execution execution = Ended(outcome);
  EXPECT_EQ(execution.cause(), v1::Execution::PROCESS_LIMIT);
  EXPECT_EQ(execution.ending(), v1::Execution::RETURNED);
  EXPECT_TRUE(execution.variables_survived());
  EXPECT_EQ(execution.message(),
            "Ended by an exception: the session may have no more processes and threads; "
            "variables survived.");
}

TEST(OutcomeTest, ALimitOfWhichTheCodeToldDoesNotHideATimeout) {
  Outcome outcome;
  outcome.status = Outcome::Status::kException;
  outcome.reached = ReachedLimit::kMemory;
  outcome.interrupted = true;
  outcome.interrupt_reason = StopReason::kTimeout;
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::TIMEOUT);
}

TEST(OutcomeTest, SysExitZeroSucceeds) {
  Outcome outcome;
  outcome.status = Outcome::Status::kSystemExit;
  EXPECT_EQ(Ended(outcome).state(), v1::Execution::SUCCEEDED);
  outcome.exit_code = 3;
  EXPECT_EQ(Ended(outcome).state(), v1::Execution::FAILED);
  EXPECT_EQ(Ended(outcome).cause(), v1::Execution::SYSTEM_EXIT);
  EXPECT_EQ(Ended(outcome).exit_code(), 3);
  EXPECT_TRUE(Ended(outcome).variables_survived());
}

TEST(OutcomeTest, DeathsHaveTheirCauses) {
  EXPECT_EQ(Ended(Died(7, 0)).cause(), v1::Execution::PROCESS_EXIT);
  EXPECT_EQ(Ended(Died(7, 0)).exit_code(), 7);
  EXPECT_EQ(Ended(Died(0, SIGSEGV)).cause(), v1::Execution::CRASH);
  EXPECT_EQ(Ended(Died(0, SIGSEGV)).signal(), SIGSEGV);
  EXPECT_EQ(Ended(Died(0, SIGSYS)).cause(), v1::Execution::FORBIDDEN_SYSCALL);
  EXPECT_EQ(Ended(Died(0, SIGSYS)).ending(), v1::Execution::DIED);
  Outcome aborted = Died(0, SIGABRT);
  EXPECT_EQ(Ended(aborted).cause(), v1::Execution::CRASH);
  aborted.death.reached = ReachedLimit::kMemory;
  EXPECT_EQ(Ended(aborted).cause(), v1::Execution::MEMORY_LIMIT);
  EXPECT_EQ(Ended(aborted).ending(), v1::Execution::DIED);
  EXPECT_EQ(Ended(aborted).signal(), SIGABRT);
  Outcome oom = Died(0, 0);
  oom.death.killed_by_host = true;
  oom.death.reason = StopReason::kMemoryLimit;
  EXPECT_EQ(Ended(oom).cause(), v1::Execution::MEMORY_LIMIT);
  EXPECT_EQ(Ended(oom).state(), v1::Execution::FAILED);
}

}  // namespace
}  // namespace carrel
