#include "sandbox/loop/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/types/optional.h"

namespace carrel {
namespace {

// Waits until everything that was posted before has run.
void Reconcile(EventLoop* loop) {
  std::promise<void> done;
  loop->Post([&done] { done.set_value(); });
  done.get_future().wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST(EventLoopTest, AnIdleLoopLetsTheCallersThreadTakeTheTurn) {
  EventLoop loop;
  Reconcile(&loop);
  std::thread::id ran_on;
  loop.Run([&ran_on] { ran_on = std::this_thread::get_id(); });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(EventLoopTest, ABusyLoopTakesItLater) {
  EventLoop loop;
  std::promise<void> started, go, done;
  loop.Post([&] {
    started.set_value();
    go.get_future().wait();
  });
  started.get_future().wait();
  std::thread::id ran_on;
  loop.Run([&] {
    ran_on = std::this_thread::get_id();
    done.set_value();
  });
  go.set_value();
  done.get_future().wait();
  EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(EventLoopTest, WithinATurnEverythingComesLater) {
  EventLoop loop;
  Reconcile(&loop);
  std::promise<void> done;
  bool in_turn = true;
  bool was_in_turn = true;
  loop.Run([&] {
    loop.Run([&] {
      was_in_turn = in_turn;
      done.set_value();
    });
    in_turn = false;
  });
  done.get_future().wait();
  EXPECT_FALSE(was_in_turn);
}

TEST(EventLoopTest, WhatWasPostedFirstRunsFirst) {
  EventLoop loop;
  for (int round = 0; round < 200; ++round) {
    std::vector<int> order;
    std::promise<void> done;
    loop.Post([&] { order.push_back(1); });
    loop.Run([&] { order.push_back(2); });
    loop.Post([&] {
      order.push_back(3);
      done.set_value();
    });
    done.get_future().wait();
    ASSERT_EQ(order, (std::vector<int>{1, 2, 3}));
  }
}

TEST(EventLoopTest, OneAtATimeWhateverTheThread) {
  EventLoop loop;
  int inside = 0, total = 0;  // Guarded by the loop.
  bool overlap = false;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 5'000; ++j) {
        auto work = [&] {
          overlap = overlap || ++inside != 1;
          ++total;
          --inside;
        };
        if ((i + j) % 2 == 0)
          loop.Run(work);
        else
          loop.Post(work);
      }
    });
  for (std::thread& thread : threads) thread.join();
  Reconcile(&loop);
  std::promise<int> result;
  loop.Post([&] { result.set_value(total); });
  EXPECT_EQ(result.get_future().get(), 20'000);
  EXPECT_FALSE(overlap);
}

TEST(EventLoopTest, WhatAFunctionHoldsIsDestroyedInItsTurn) {
  EventLoop loop;
  Reconcile(&loop);
  struct Held {
    explicit Held(EventLoop* loop) : loop(loop) {}
    ~Held() {
      // This thread holds the loop, so Run only posts.
      bool at_once = false;
      auto flag = std::make_shared<std::atomic<bool>>(false);
      loop->Run([flag] { *flag = true; });
      at_once = *flag;
      EXPECT_FALSE(at_once);
    }
    EventLoop* loop;
  };
  loop.Run([held = std::make_shared<Held>(&loop)] {});
  loop.Post([held = std::make_shared<Held>(&loop)] {});
  Reconcile(&loop);
}

TEST(EventLoopTest, WhatEndsATurnRunsBeforeAnotherTurn) {
  EventLoop loop;
  Reconcile(&loop);
  std::vector<int> order;
  std::promise<void> done;
  loop.Run([&] {
    loop.Post([&] {
      order.push_back(4);
      done.set_value();
    });
    loop.AfterCurrent([&] {
      order.push_back(2);
      loop.AfterCurrent([&] { order.push_back(3); });
    });
    order.push_back(1);
  });
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4}));
}

double ThreadCpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Tests of inline polls, with a pipe.
class InlinePollTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe2(fds_, O_CLOEXEC), 0); }
  void TearDown() override {
    for (int fd : fds_) close(fd);
  }
  void Say() { ASSERT_EQ(write(fds_[1], "x", 1), 1); }
  // Starts an inline poll for an answer that is alone.
  bool Borrow(int cpu, absl::AnyInvocable<void(bool)> then) {
    return loop_.PollInline(EventLoop::Awaited(&loop_), fds_[0], cpu, std::move(then));
  }

  EventLoop loop_;
  int fds_[2] = {-1, -1};
};

TEST_F(InlinePollTest, AnAnswerThatComesAtOnceIsTakenByTheThreadThatAsked) {
  Reconcile(&loop_);
  std::thread::id ran_on;
  bool in_turn = false;
  loop_.Run([&] {
    ASSERT_TRUE(Borrow(-1, [&](bool readable) {
      EXPECT_TRUE(readable);
      ran_on = std::this_thread::get_id();
      // The function runs later, since this thread holds the loop.
      loop_.Run([&in_turn] { in_turn = true; });
      EXPECT_FALSE(in_turn);
    }));
    Say();
  });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  Reconcile(&loop_);
}

TEST_F(InlinePollTest, TheThreadIsGivenBackWhenNoAnswerComes) {
  Reconcile(&loop_);
  bool called = false;
  loop_.Run([&] {
    Borrow(-1, [&called](bool readable) {
      called = true;
      EXPECT_FALSE(readable);
    });
  });
  EXPECT_TRUE(called);
}

TEST_F(InlinePollTest, WhoHadManyInARowHasOneThatEndsAsTheOthersDo) {
  Reconcile(&loop_);
  std::vector<bool> told;
  for (bool says : {false, false, false, false, false, false, true}) {
    loop_.Run([&] {
      Borrow(-1, [&told](bool readable) { told.push_back(readable); });
      if (says) Say();
    });
  }
  EXPECT_EQ(told, std::vector<bool>({false, false, false, false, false, false, true}));
}

// An interpreter that may use only this CPU could not answer while another thread spins on it.
TEST_F(InlinePollTest, NobodyStaysAwakeOnTheOnlyCpuOfWhoIsToAnswer) {
  Reconcile(&loop_);
  std::thread([this] {
    const int here = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(here, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    const auto cost_of_polls = [this](int cpu) {
      const double before = ThreadCpuSeconds();
      for (int i = 0; i < 100; ++i) loop_.Run([&] { Borrow(cpu, [](bool) {}); });
      return ThreadCpuSeconds() - before;
    };
    const double awake = cost_of_polls(-1);
    EXPECT_LT(cost_of_polls(here), awake / 2);
  }).join();
}

TEST_F(InlinePollTest, OthersTakeTheirTurnsMeanwhile) {
  Reconcile(&loop_);
  bool answered = false;
  loop_.Run([&] {
    Borrow(-1, [](bool) {});
    loop_.Post([&] { answered = true; });
  });
  Reconcile(&loop_);
  EXPECT_TRUE(answered);
}

TEST_F(InlinePollTest, TheLoopsOwnThreadIsNotLent) {
  std::promise<bool> lent;
  loop_.Post([&] { lent.set_value(Borrow(-1, [](bool) {})); });
  EXPECT_FALSE(lent.get_future().get());
}

TEST_F(InlinePollTest, OneThreadIsLentAtATime) {
  Reconcile(&loop_);
  bool first = false, second = true, third = true, later = false;
  loop_.Run([&] {
    first = Borrow(-1, [&](bool) {
      third = Borrow(-1, [](bool) {});  // No further poll starts from the result of one.
    });
    second = Borrow(-1, [](bool) {});
    Say();
  });
  loop_.Run([&] { later = Borrow(-1, [](bool) {}); });
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_FALSE(third);
  EXPECT_TRUE(later);
}

// If many sessions are busy, a thread that waits for one of them would keep the others' calls
// waiting.
TEST_F(InlinePollTest, NoThreadIsLentWhileTheAnswerAskedForBeforeIsAwaited) {
  Reconcile(&loop_);
  absl::optional<EventLoop::Awaited> before;
  bool lent_amid_others = true, lent_afterwards = false;
  loop_.Run([&] { before.emplace(&loop_); });
  loop_.Run([&] { lent_amid_others = Borrow(-1, [](bool) {}); });
  loop_.Run([&] { before.reset(); });
  loop_.Run([&] { lent_afterwards = Borrow(-1, [](bool) {}); });
  EXPECT_FALSE(lent_amid_others);
  EXPECT_TRUE(lent_afterwards);
}

TEST_F(InlinePollTest, TheAnswerAskedForBeforeIsAwaitedThoughAnotherOneIsThere) {
  Reconcile(&loop_);
  absl::optional<EventLoop::Awaited> other, before;
  bool lent = true;
  loop_.Run([&] { other.emplace(&loop_); });
  loop_.Run([&] { before.emplace(&loop_); });
  loop_.Run([&] { other.reset(); });
  loop_.Run([&] { lent = Borrow(-1, [](bool) {}); });
  EXPECT_FALSE(lent);
  loop_.Run([&] { before.reset(); });
}

TEST_F(InlinePollTest, AnAnswerThatTakesLongKeepsNobodyElsesThread) {
  Reconcile(&loop_);
  absl::optional<EventLoop::Awaited> takes_long;
  bool lent = false;
  loop_.Run([&] { takes_long.emplace(&loop_); });
  loop_.Run([&] { EventLoop::Awaited next(&loop_); });
  loop_.Run([&] { lent = Borrow(-1, [](bool) {}); });
  EXPECT_TRUE(lent);
  loop_.Run([&] { takes_long.reset(); });
}

}  // namespace
}  // namespace carrel
