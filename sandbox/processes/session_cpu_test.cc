#include "sandbox/processes/session_cpu.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

constexpr absl::Duration kWork = absl::Milliseconds(200);
// The measured time differs a little from kWork.
constexpr absl::Duration kMost = absl::Milliseconds(160);

void Compute(absl::Duration cpu_time) {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  const absl::Duration end = absl::DurationFromTimespec(now) + cpu_time;
  while (absl::DurationFromTimespec(now) < end) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
}

// A supervisor whose child, the interpreter, starts processes on request: each computes for kWork,
// reports that, and ends on request.
class SessionCpuTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(orders_), 0);
    ASSERT_EQ(pipe(ends_), 0);
    ASSERT_EQ(pipe(answers_), 0);
    supervisor_ = fork();
    if (supervisor_ == 0) Supervise();
    AwaitAnswer();
    tree_ = ListTree(supervisor_);
    ASSERT_EQ(tree_.size(), 2u);
  }

  void TearDown() override {
    for (pid_t pid : ListTree(supervisor_)) kill(pid, SIGKILL);
    waitpid(supervisor_, nullptr, 0);
    for (int fd : {orders_[0], orders_[1], ends_[0], ends_[1], answers_[0], answers_[1]}) close(fd);
  }

  // Starts a process: 'i': the interpreter ignores the end of its child; 'w': it waits for it.
  void StartWork(char order) {
    ASSERT_EQ(write(orders_[1], &order, 1), 1);
    AwaitAnswer();
  }
  void EndWork() {
    ASSERT_EQ(write(ends_[1], "e", 1), 1);
    AwaitAnswer();
  }
  absl::Duration Total(const SessionCpu& cpu) { return cpu.Total(ListTree(supervisor_)); }

  pid_t supervisor_ = 0;
  std::vector<pid_t> tree_;

 private:
  void AwaitAnswer() {
    char answer;
    ASSERT_EQ(read(answers_[0], &answer, 1), 1);
  }
  void Answer() {
    if (write(answers_[1], "a", 1) != 1) _exit(1);
  }

  [[noreturn]] void Supervise() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fork() != 0) {
      wait(nullptr);
      _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Answer();
    char order;
    while (read(orders_[0], &order, 1) == 1) {
      signal(SIGCHLD, order == 'i' ? SIG_IGN : SIG_DFL);
      const pid_t child = fork();
      if (child == 0) Work();
      // If it ignores SIGCHLD, it only learns that the child has ended.
      waitpid(child, nullptr, 0);
      Answer();
    }
    _exit(0);
  }

  [[noreturn]] void Work() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Compute(kWork);
    Answer();
    char end;
    _exit(read(ends_[0], &end, 1) == 1 ? 0 : 1);
  }

  int orders_[2], ends_[2], answers_[2];
};

// Returns true if the kernel lets this user count at all.
bool CanCount() {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  const int fd = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
  if (fd >= 0) close(fd);
  return fd >= 0;
}

TEST_F(SessionCpuTest, CountsWhoHasEndedAndWasNotWaitedFor) {
  if (!CanCount()) GTEST_SKIP() << "perf_event_open(2) is refused here";
  SessionCpu cpu(supervisor_, "");
  cpu.Begin(tree_[1]);
  const absl::Duration before = Total(cpu);
  StartWork('i');
  EndWork();
  EXPECT_GT(Total(cpu) - before, kMost) << "though no look has seen it";
}

TEST_F(SessionCpuTest, CountsWhoWasWaitedForOnce) {
  SessionCpu cpu(supervisor_, "");
  cpu.Begin(tree_[1]);
  const absl::Duration before = Total(cpu);
  StartWork('w');
  EndWork();
  EXPECT_GT(Total(cpu) - before, kMost);
  EXPECT_LT(Total(cpu) - before, kWork + kMost);
}

// The kernel has no account here.
TEST_F(SessionCpuTest, KeepsWhatALookHasSeenOfWhoWasNotWaitedFor) {
  SessionCpu cpu(supervisor_, "");
  cpu.NoteTree(ListTree(supervisor_));
  const absl::Duration before = Total(cpu);
  StartWork('i');
  cpu.NoteTree(ListTree(supervisor_));
  EndWork();
  cpu.NoteTree(ListTree(supervisor_));
  EXPECT_GT(Total(cpu) - before, kMost);
  cpu.NoteTree(ListTree(supervisor_));
  EXPECT_LT(Total(cpu) - before, kWork + kMost) << "once";
}

TEST_F(SessionCpuTest, DoesNotCountTwiceWhatALookHasSeenOfWhoWasWaitedFor) {
  SessionCpu cpu(supervisor_, "");
  const absl::Duration before = Total(cpu);
  for (int i = 0; i < 3; ++i) {
    StartWork('w');
    cpu.NoteTree(ListTree(supervisor_));
    EndWork();
    cpu.NoteTree(ListTree(supervisor_));
  }
  EXPECT_GT(Total(cpu) - before, 3 * kMost);
  EXPECT_LT(Total(cpu) - before, 3 * kWork + kMost);
}

// A list misses a process whose parent ends while the list is made.
TEST_F(SessionCpuTest, DoesNotCountTwiceWhoWasMissingInAList) {
  SessionCpu cpu(supervisor_, "");
  StartWork('w');
  cpu.NoteTree(ListTree(supervisor_));
  const absl::Duration before = Total(cpu);
  for (int i = 0; i < 3; ++i) {
    cpu.NoteTree(tree_);
    cpu.NoteTree(ListTree(supervisor_));
  }
  EXPECT_LT(Total(cpu) - before, kMost);
  EndWork();
}

TEST_F(SessionCpuTest, DoesNotCountTwiceWhoCouldNotBeLookedAtForWantOfDescriptors) {
  SessionCpu cpu(supervisor_, "");
  StartWork('w');
  const std::vector<pid_t> all = ListTree(supervisor_);
  cpu.NoteTree(all);
  const absl::Duration before = Total(cpu);
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  cpu.NoteTree(all);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_LT(Total(cpu) - before, kMost);
  EndWork();
}

TEST_F(SessionCpuTest, FallsBackToTheTreeIfTheCgroupIsGone) {
  SessionCpu cpu(supervisor_, "/carrel-test-must-not-exist");
  cpu.Begin(tree_[1]);
  StartWork('w');
  EndWork();
  EXPECT_GT(Total(cpu), kMost);
}

}  // namespace
}  // namespace carrel
