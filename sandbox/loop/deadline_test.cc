#include "sandbox/loop/deadline.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace carrel {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class DeadlineTest : public ::testing::Test {
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

TEST_F(DeadlineTest, ComesOnceForEachTimeItWasSet) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  RunFor(milliseconds(5));
  EXPECT_EQ(calls_, 1);
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(calls_, 2);
}

TEST_F(DeadlineTest, DoesNotComeBeforeTheTimeItWasPutOffTo) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  const auto late = Deadline::Clock::now() + milliseconds(40);
  deadline.SetAfter(milliseconds(1));
  deadline.Set(late);
  RunUntilCalled();
  EXPECT_GE(Deadline::Clock::now(), late);
}

TEST_F(DeadlineTest, CanBeBroughtForward) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(hours(1));
  deadline.BringForward(Deadline::Clock::now() + milliseconds(1));
  deadline.BringForward(Deadline::Clock::now() + hours(2));
  RunUntilCalled();
  deadline.SetAfter(hours(1));
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(calls_, 2);
}

TEST_F(DeadlineTest, ComesAtTheLaterTimeThoughTimersForEarlierOnesWereStarted) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(30));
  deadline.SetAfter(milliseconds(2));
  deadline.SetAfter(milliseconds(1));
  RunUntilCalled();
  const auto late = Deadline::Clock::now() + milliseconds(60);
  deadline.Set(late);  // The first timer ends before.
  RunUntilCalled();
  EXPECT_GE(Deadline::Clock::now(), late);
  RunFor(milliseconds(40));
  EXPECT_EQ(calls_, 2);
}

TEST_F(DeadlineTest, ComesHoweverOftenItWasBroughtForward) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  for (int i = 100; i > 0; --i) deadline.Set(Deadline::Clock::now() + milliseconds(i));
  RunUntilCalled();
  const auto late = Deadline::Clock::now() + milliseconds(120);
  deadline.Set(late);
  RunUntilCalled();
  EXPECT_GE(Deadline::Clock::now(), late);
  EXPECT_EQ(calls_, 2);
}

TEST_F(DeadlineTest, DoesNotComeOnceItIsCleared) {
  Deadline deadline(&loop_, [this] { ++calls_; });
  deadline.SetAfter(milliseconds(1));
  deadline.Clear();
  RunFor(milliseconds(10));
  EXPECT_EQ(calls_, 0);
}

TEST_F(DeadlineTest, DoesNotComeOnceItIsGone) {
  auto deadline = std::make_unique<Deadline>(&loop_, [this] { ++calls_; });
  deadline->SetAfter(milliseconds(1));
  deadline.reset();
  RunFor(milliseconds(10));
  EXPECT_EQ(calls_, 0);
}

TEST_F(DeadlineTest, ItsHandlerMayEndIt) {
  std::unique_ptr<Deadline> deadline;
  deadline = std::make_unique<Deadline>(&loop_, [&] {
    ++calls_;
    deadline.reset();
  });
  deadline->SetAfter(milliseconds(1));
  RunUntilCalled();
  EXPECT_EQ(deadline, nullptr);
}

}  // namespace
}  // namespace carrel
