#include "sandbox/processes/cell_meter.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

// A supervisor whose child, the interpreter, obeys the bytes that it receives: 'b' computes for 20
// ms, 'm' takes 8 MiB, 't' takes 8 MiB for a moment, 'f' starts a process that sleeps. It answers
// each byte.
class CellMeterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(orders_), 0);
    ASSERT_EQ(pipe(answers_), 0);
    supervisor_ = fork();
    if (supervisor_ == 0) Supervise();
    Notify('?');  // The interpreter exists once it answers.
  }

  void TearDown() override {
    for (pid_t pid : ListTree(supervisor_)) kill(pid, SIGKILL);
    waitpid(supervisor_, nullptr, 0);
    for (int fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) close(fd);
  }

  void Notify(char order) {
    char answer = 0;
    ASSERT_EQ(write(orders_[1], &order, 1), 1);
    ASSERT_EQ(read(answers_[0], &answer, 1), 1);
    // Waits until the interpreter sleeps: CPU time that it still uses would count.
    absl::SleepFor(absl::Milliseconds(50));
  }

  void NoteTree(CellMeter* meter) {
    const absl::Duration own = meter->OwnCpu();
    const std::vector<pid_t> tree = ListTree(supervisor_);
    meter->NoteTree(tree, session_cpu_->Total(tree), own);
  }

  // Waits until all samples that were requested before have been taken: then all threads are free.
  void AwaitSamples() {
    auto* barrier = new absl::Barrier(SamplingThreads::kThreads + 1);
    const auto meet = [barrier] {
      if (barrier->Block()) delete barrier;
    };
    for (int i = 0; i < SamplingThreads::kThreads; ++i) samplers_.Post(meet);
    meet();
  }

  SessionCpu* session_cpu() {
    session_cpu_ = std::make_unique<SessionCpu>(supervisor_, "");
    return session_cpu_.get();
  }

  pid_t supervisor_ = 0;
  SamplingThreads samplers_;
  std::unique_ptr<SessionCpu> session_cpu_;

 private:
  [[noreturn]] void Supervise() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fork() != 0) {
      wait(nullptr);
      _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char order;
    while (read(orders_[0], &order, 1) == 1) {
      // The end is a CPU time, however long it takes to reach it.
      const clock_t end = clock() + CLOCKS_PER_SEC / 50;
      if (order == 'b')
        while (clock() < end) continue;
      if (order == 'm') taken_ = memset(malloc(8 << 20), 1, 8 << 20);
      if (order == 't') {
        void* taken = mmap(nullptr, 8 << 20, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        munmap(taken, 8 << 20);
        while (clock() < end) continue;
      }
      if (order == 'f' && fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
      }
      if (write(answers_[1], &order, 1) != 1) break;
    }
    _exit(0);
  }

  int orders_[2], answers_[2];
  void* taken_ = nullptr;
};

TEST_F(CellMeterTest, ComputingInACellIsCounted) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  meter.Start();
  Notify('b');
  EXPECT_GT(meter.Stop(absl::Milliseconds(50)).cpu, absl::Milliseconds(5));
}

TEST_F(CellMeterTest, ShortCellsCountTheInterpretersOwnTime) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  meter.Start();
  Notify('b');
  const CellMeter::Reading reading = meter.Stop(absl::Milliseconds(1));
  EXPECT_GT(reading.cpu, absl::Milliseconds(5));
  EXPECT_GT(reading.peak_memory_bytes, 0);
}

TEST_F(CellMeterTest, CellThatDoesNextToNothingHasTheMemoryOfTheOneBefore) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  meter.Start();
  const int64_t before = meter.Stop(absl::ZeroDuration()).peak_memory_bytes;
  EXPECT_GT(before, 0);
  meter.Start();
  EXPECT_NEAR(meter.Stop(absl::ZeroDuration()).peak_memory_bytes, before, 256 << 10);
}

TEST_F(CellMeterTest, MemoryThatACellTakesIsSeen) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  meter.Start();
  const int64_t before = meter.Stop(absl::ZeroDuration()).peak_memory_bytes;
  meter.Start();
  Notify('m');
  EXPECT_GT(meter.Stop(absl::ZeroDuration()).peak_memory_bytes, before + (6 << 20));
}

TEST_F(CellMeterTest, PeakOfACellIsForgottenByTheNext) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  AwaitSamples();
  meter.Start();
  const int64_t before = meter.Stop(absl::ZeroDuration()).peak_memory_bytes;
  AwaitSamples();
  meter.Start();
  Notify('t');
  EXPECT_GT(meter.Stop(absl::ZeroDuration()).peak_memory_bytes, before + (6 << 20));
  AwaitSamples();
  meter.Start();
  Notify('b');
  EXPECT_LT(meter.Stop(absl::ZeroDuration()).peak_memory_bytes, before + (2 << 20));
}

// A guest can have its lock held for seconds, and then no sample ends.
TEST_F(CellMeterTest, NobodyWaitsForALook) {
  const auto let_go = std::make_shared<absl::Notification>();
  for (int i = 0; i < 100; ++i) samplers_.Post([let_go] { let_go->WaitForNotification(); });
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  meter.Start();
  Notify('t');
  const int64_t peak = meter.Stop(absl::ZeroDuration()).peak_memory_bytes;
  meter.Start();
  Notify('b');
  EXPECT_EQ(meter.Stop(absl::ZeroDuration()).peak_memory_bytes, peak) << "not less than it was";
  let_go->Notify();
}

TEST_F(CellMeterTest, WhatWasUsedBetweenCellsIsNoCells) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  Notify('b');
  meter.Start();
  EXPECT_LT(meter.Stop(absl::ZeroDuration()).cpu, absl::Milliseconds(5));
}

TEST_F(CellMeterTest, NobodyIsAsleepBeforeTheTreeWasLookedAt) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  EXPECT_FALSE(meter.Asleep());
  NoteTree(&meter);
  EXPECT_TRUE(meter.Asleep());
  meter.Rest();  // A cell has ended, and may have left processes.
  EXPECT_FALSE(meter.Asleep());
}

TEST_F(CellMeterTest, WhoHasWorkedIsNotAsleep) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  NoteTree(&meter);
  Notify('b');
  EXPECT_FALSE(meter.Asleep());
}

TEST_F(CellMeterTest, WhoHasCompanyIsNotAsleep) {
  CellMeter meter(supervisor_, &samplers_, session_cpu());
  meter.Find();
  Notify('f');
  NoteTree(&meter);
  EXPECT_FALSE(meter.Asleep()) << "the other process may grow";
}

}  // namespace
}  // namespace carrel
