#include "sandbox/host/cell_stopper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "absl/types/optional.h"

namespace carrel {
namespace {

class CellStopperTest : public testing::Test {
 protected:
  std::unique_ptr<CellRun> MakeCell(absl::Duration timeout) {
    Cell cell;
    cell.timeout = timeout;
    return std::make_unique<CellRun>(cell, nullptr, [](const Outcome&) {});
  }
  void RunFor(int milliseconds) {
    loop_.context().restart();
    loop_.context().run_for(std::chrono::milliseconds(milliseconds));
  }

  EventLoop loop_{EventLoop::WithoutThread()};
  int interrupts_ = 0;
  bool interrupt_works_ = true;
  std::vector<StopReason> kills_;
  CellStopper stopper_{&loop_,
                       absl::Milliseconds(40),
                       {[this] {
                          ++interrupts_;
                          return interrupt_works_;
                        },
                        [this](StopReason reason) { kills_.push_back(reason); }}};
};

TEST_F(CellStopperTest, ATimeoutInterruptsTwiceAndThenKills) {
  auto cell = MakeCell(absl::Milliseconds(10));
  stopper_.Start(cell.get());
  EXPECT_EQ(interrupts_, 0);
  while (interrupts_ == 0) RunFor(1);
  EXPECT_EQ(cell->interrupt_reason(), StopReason::kTimeout);
  while (interrupts_ == 1) RunFor(1);
  EXPECT_THAT(kills_, testing::IsEmpty());
  while (kills_.empty()) RunFor(1);
  EXPECT_EQ(interrupts_, 2);
  EXPECT_THAT(kills_, testing::ElementsAre(StopReason::kTimeout));
}

TEST_F(CellStopperTest, TheFirstReasonCounts) {
  auto cell = MakeCell(absl::Seconds(100));
  stopper_.Start(cell.get());
  stopper_.Interrupt(StopReason::kCancelled);
  stopper_.Interrupt(StopReason::kCpuTimeLimit);
  EXPECT_EQ(interrupts_, 1);
  EXPECT_EQ(cell->interrupt_reason(), StopReason::kCancelled);
}

TEST_F(CellStopperTest, ACellThatIsOverIsNotInterrupted) {
  auto cell = MakeCell(absl::Milliseconds(5));
  stopper_.Start(cell.get());
  stopper_.Stop();
  stopper_.Interrupt(StopReason::kCancelled);
  RunFor(60);
  EXPECT_EQ(interrupts_, 0);
  EXPECT_THAT(kills_, testing::IsEmpty());
}

TEST_F(CellStopperTest, IsIdleOnceEveryInterruptIsAcknowledged) {
  auto cell = MakeCell(absl::Seconds(100));
  stopper_.Start(cell.get());
  EXPECT_FALSE(stopper_.OnInterrupted()) << "none was under way";
  stopper_.Interrupt(StopReason::kCancelled);
  stopper_.Stop();
  EXPECT_FALSE(stopper_.idle());
  EXPECT_TRUE(stopper_.OnInterrupted());
  EXPECT_TRUE(stopper_.idle());
}

TEST_F(CellStopperTest, AnInterruptThatCannotBeSentIsNotAwaited) {
  interrupt_works_ = false;
  auto cell = MakeCell(absl::Seconds(100));
  stopper_.Start(cell.get());
  stopper_.Interrupt(StopReason::kCancelled);
  EXPECT_TRUE(stopper_.idle());
}

}  // namespace
}  // namespace carrel
