#include "sandbox/processes/process_identity.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace carrel {
namespace {

UniqueFd OpenPidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

// A child that waits until it is ended.
class ProcessIdentityTest : public testing::Test {
 protected:
  ProcessIdentityTest() : pid_(fork()) {
    if (pid_ == 0)
      for (;;) pause();
    pidfd_ = OpenPidfd(pid_);
  }
  ~ProcessIdentityTest() override { End(); }

  void Kill() {
    kill(pid_, SIGKILL);
    pollfd process{pidfd_.get(), POLLIN, 0};
    ASSERT_EQ(poll(&process, 1, -1), 1);
  }
  void End() {
    if (pid_ == 0) return;
    Kill();
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  pid_t pid_;
  UniqueFd pidfd_;
};

TEST_F(ProcessIdentityTest, OpensTheProcessWhileItLives) {
  absl::optional<ProcessIdentity> name = ProcessIdentity::Of(pid_, pidfd_);
  ASSERT_TRUE(name.has_value());
  absl::StatusOr<UniqueFd> opened = name->Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_EQ(syscall(SYS_pidfd_send_signal, opened->get(), SIGKILL, nullptr, 0), 0);
  int status = 0;
  ASSERT_EQ(waitpid(pid_, &status, 0), pid_);
  EXPECT_TRUE(WIFSIGNALED(status));
  pid_ = 0;
}

TEST_F(ProcessIdentityTest, OneThatWaitsToBeReapedIsStillThatProcess) {
  absl::optional<ProcessIdentity> name = ProcessIdentity::Of(pid_, pidfd_);
  ASSERT_TRUE(name.has_value());
  Kill();
  EXPECT_TRUE(name->Open().ok());
}

TEST_F(ProcessIdentityTest, OneThatIsGoneIsNotFound) {
  absl::optional<ProcessIdentity> name = ProcessIdentity::Of(pid_, pidfd_);
  ASSERT_TRUE(name.has_value());
  End();
  EXPECT_TRUE(absl::IsNotFound(name->Open().status()));
}

TEST_F(ProcessIdentityTest, OneThatHasEndedGetsNoName) {
  Kill();
  EXPECT_FALSE(ProcessIdentity::Of(pid_, pidfd_).has_value());
}

// Forks a child with that pid; returns 0 in the child, -1 if the pid cannot be had.
pid_t ForkWithPid(pid_t pid) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<uint64_t>(&pid);
  arguments.set_tid_size = 1;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

TEST_F(ProcessIdentityTest, TheNextProcessThatGetsItsPidIsNotFound) {
  absl::optional<ProcessIdentity> name = ProcessIdentity::Of(pid_, pidfd_);
  ASSERT_TRUE(name.has_value());
  const pid_t pid = pid_;
  End();
  usleep(50'000);  // Several ticks pass, as they do before a pid is reused.
  const pid_t next = ForkWithPid(pid);
  if (next == 0)
    for (;;) pause();
  ASSERT_EQ(next, pid) << "needs root: " << strerror(errno);
  pid_ = next;
  pidfd_ = OpenPidfd(next);
  EXPECT_TRUE(absl::IsNotFound(name->Open().status()));
}

}  // namespace
}  // namespace carrel
