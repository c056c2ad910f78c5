#include "sandbox/host/cell_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

class Sink : public CellSink {
 public:
  void OnStarted() override {}
  void OnLasting() override {}
  void OnOutput(OutputStream, std::string bytes) override { text += bytes; }
  int64_t OnDisplay(DisplayBundle) override { return 0; }
  int64_t OnClear(bool) override { return 0; }
  void OnLateLoss(const LateLoss&) override {}
  void OnException(PythonException exception) override { types.push_back(exception.type); }
  void OnRefusedCall(const std::string&) override {}

  std::string text;
  std::vector<std::string> types;
};

class CellRunTest : public testing::Test {
 protected:
  CellRun Make(absl::Duration cpu_time = absl::InfiniteDuration()) {
    Cell cell;
    cell.cpu_time = cpu_time;
    return {cell, &sink_, [this](Outcome outcome) { outcome_ = std::move(outcome); }};
  }
  static internal::PythonError Error(const std::string& type, internal::PythonError::Limit limit) {
    internal::PythonError error;
    error.set_type(type);
    error.set_limit(limit);
    return error;
  }

  EventLoop loop_{EventLoop::WithoutThread()};
  Sink sink_;
  Outcome outcome_;
};

TEST_F(CellRunTest, TheFirstExceptionIsTheCells) {
  CellRun cell = Make();
  cell.NoteException(Error("MemoryError", internal::PythonError::MEMORY));
  cell.NoteException(Error("OSError", internal::PythonError::OPEN_FILES));
  EXPECT_THAT(sink_.types, testing::ElementsAre("MemoryError"));
  internal::CellDone done;
  done.set_status(internal::CellDone::EXCEPTION);
  EXPECT_EQ(cell.OutcomeOf(done).status, Outcome::Status::kException);
  EXPECT_EQ(cell.OutcomeOf(done).reached, ReachedLimit::kMemory);
}

TEST_F(CellRunTest, TheFirstInterruptCounts) {
  CellRun cell = Make();
  EXPECT_TRUE(cell.NoteInterrupt(StopReason::kTimeout));
  EXPECT_FALSE(cell.NoteInterrupt(StopReason::kCancelled));
  EXPECT_TRUE(cell.NoteSecondInterrupt());
  EXPECT_FALSE(cell.NoteSecondInterrupt());
  cell.Finish({});
  EXPECT_TRUE(outcome_.interrupted);
  EXPECT_EQ(outcome_.interrupt_reason, StopReason::kTimeout);
}

TEST_F(CellRunTest, TheLargestMeasurementCounts) {
  CellRun cell = Make(absl::Seconds(2));
  cell.Begin(&loop_);
  cell.NoteUsage(absl::Seconds(1), 300);
  EXPECT_FALSE(cell.ExceedsCpuTime());
  cell.NoteUsage(absl::Seconds(3), 200);
  EXPECT_TRUE(cell.ExceedsCpuTime());
  cell.NoteUsage(absl::Seconds(2), 100);
  cell.Finish({});
  EXPECT_EQ(outcome_.usage.cpu, absl::Seconds(3));
  EXPECT_EQ(outcome_.usage.peak_memory_bytes, 300);
  EXPECT_GT(outcome_.usage.wall, absl::ZeroDuration());
}

TEST_F(CellRunTest, ACellThatNeverBeganTookNoTime) {
  CellRun cell = Make();
  EXPECT_FALSE(cell.begun());
  cell.Finish({});
  EXPECT_EQ(outcome_.usage.wall, absl::ZeroDuration());
  EXPECT_FALSE(outcome_.interrupted);
}

TEST_F(CellRunTest, TheInterpretersReportBecomesTheOutcome) {
  CellRun cell = Make();
  internal::CellDone done;
  done.set_status(internal::CellDone::OK);
  EXPECT_EQ(cell.OutcomeOf(done).status, Outcome::Status::kOk);
  done.set_status(internal::CellDone::SYNTAX_ERROR);
  EXPECT_EQ(cell.OutcomeOf(done).status, Outcome::Status::kSyntaxError);
  done.set_status(internal::CellDone::SYSTEM_EXIT);
  done.set_exit_code(7);
  EXPECT_EQ(cell.OutcomeOf(done).exit_code, 7);
}

}  // namespace
}  // namespace carrel
