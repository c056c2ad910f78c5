#include "sandbox/loop/lazy_timer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace carrel {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class LazyTimerTest : public ::testing::Test {
 protected:
  // Runs what becomes due within `time`.
  void RunFor(milliseconds time) { loop_.context().run_for(time); }
  // Runs the loop until the handler has been called once more.
  void RunUntilCalled() {
    const int before = calls_;
    while (calls_ == before) loop_.context().run_one();
  }

  EventLoop loop_{EventLoop::WithoutThread{}};
  int calls_ = 0;
};

TEST_F(LazyTimerTest, ComesOnceForEachTimeItWasSet) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  RunFor(milliseconds(5));
  EXPECT_EQ(calls_, 1);
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(calls_, 2);
}

TEST_F(LazyTimerTest, DoesNotComeBeforeTheTimeItWasPutOffTo) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  const auto late = LazyTimer::Clock::now() + milliseconds(40);
  deadline.SetAfter(milliseconds(1));
  deadline.Set(late);
  RunUntilCalled();
  EXPECT_GE(LazyTimer::Clock::now(), late);
}

TEST_F(LazyTimerTest, CanBeBroughtForward) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(hours(1));
  deadline.BringForward(LazyTimer::Clock::now() + milliseconds(1));
  deadline.BringForward(LazyTimer::Clock::now() + hours(2));
  RunUntilCalled();
  deadline.SetAfter(hours(1));
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(calls_, 2);
}

TEST_F(LazyTimerTest, ComesAtTheLaterTimeThoughTimersForEarlierOnesWereStarted) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(30));
  deadline.SetAfter(milliseconds(2));
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  const auto late = LazyTimer::Clock::now() + milliseconds(60);
  deadline.Set(late);  // The first timer ends before.
  RunUntilCalled();
  EXPECT_GE(LazyTimer::Clock::now(), late);
  RunFor(milliseconds(40));
  EXPECT_EQ(calls_, 2);
}

TEST_F(LazyTimerTest, ComesHoweverOftenItWasBroughtForward) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  for (int i = 100; i > 0; --i) deadline.Set(LazyTimer::Clock::now() + milliseconds(i));
  RunUntilCalled();
  const auto late = LazyTimer::Clock::now() + milliseconds(120);
  deadline.Set(late);
  RunUntilCalled();
  EXPECT_GE(LazyTimer::Clock::now(), late);
  EXPECT_EQ(calls_, 2);
}

TEST_F(LazyTimerTest, DoesNotComeOnceItIsCleared) {
  LazyTimer deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(1));
  deadline.Clear();
  RunFor(milliseconds(10));
  EXPECT_EQ(calls_, 0);
}

TEST_F(LazyTimerTest, DoesNotComeOnceItIsGone) {
  auto deadline = std::make_unique<LazyTimer>(&loop_, [this] { ++calls_; });
  deadline->SetAfter(milliseconds(1));
  deadline.reset();
  RunFor(milliseconds(10));
  EXPECT_EQ(calls_, 0);
}

TEST_F(LazyTimerTest, ItsHandlerMayEndIt) {
  std::unique_ptr<LazyTimer> deadline;
  deadline = std::make_unique<LazyTimer>(&loop_, [&] {
    ++calls_;
    deadline.reset();
  });
  deadline->SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(deadline, nullptr);
}

}  // namespace
}  // namespace carrel
