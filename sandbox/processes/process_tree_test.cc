#include "sandbox/processes/process_tree.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

namespace carrel {
namespace {

// A child that waits until it is killed.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ == 0)
      for (;;) pause();
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

bool Contains(const std::vector<pid_t>& pids, pid_t pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

TEST(ProcessTree, ListsChildren) {
  Child child;
  std::vector<pid_t> tree = ListTree(getpid());
  EXPECT_EQ(tree.front(), getpid());
  EXPECT_TRUE(Contains(tree, child.pid()));
}

TEST(ProcessTree, ListsChildrenThatAThreadForked) {
  std::unique_ptr<Child> child;
  bool seen = false;
  std::thread thread([&] {
    child = std::make_unique<Child>();
    seen = Contains(ListTree(getpid()), child->pid());
  });
  thread.join();
  EXPECT_TRUE(seen);
}

TEST(ProcessTree, IsBounded) {
  Child a, b, c;
  EXPECT_EQ(ListTree(getpid(), 2).size(), 2u);
}

TEST(ProcessTree, ManyThreadsDoNotMakeItLongerThanTheLimit) {
  absl::Notification stop;
  std::vector<std::thread> idle;
  idle.reserve(8);
  for (int i = 0; i < 8; ++i) idle.emplace_back([&] { stop.WaitForNotification(); });
  std::thread last([] {
    Child child;
    EXPECT_TRUE(Contains(ListTree(getpid()), child.pid()));
    EXPECT_FALSE(Contains(ListTree(getpid(), 4), child.pid()));
  });
  last.join();
  stop.Notify();
  for (std::thread& thread : idle) thread.join();
}

TEST(ProcessTree, CpuTimeGrowsWithWork) {
  absl::Duration before = CpuTime({getpid()});
  volatile uint64_t sum = 0;
  for (int i = 0; i < 20'000'000; ++i) sum = sum + static_cast<uint64_t>(i);
  EXPECT_GT(CpuTime({getpid()}), before);
}

TEST(ProcessTree, MemoryIsSeen) {
  std::vector<char> block(32 << 20, 'x');
  EXPECT_GT(ResidentBytes({getpid()}), 32 << 20);
  EXPECT_GT(ProportionalBytes({getpid()}, true), 32 << 20);
  const absl::optional<MemoryUse> use = ReadMemoryUse(getpid());
  ASSERT_TRUE(use.has_value());
  EXPECT_GT(use->peak_bytes, 32 << 20);
  EXPECT_GE(use->peak_bytes, use->bytes);
}

// There are many sockets because others may open and close some of this namespace meanwhile.
TEST(ProcessTree, SocketsCountWithWhatTheyMayBuffer) {
  int64_t before = SocketBufferBytes(getpid());
  std::vector<int> sockets;
  for (int i = 0; i < 200; ++i) {
    int fds[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    sockets.insert(sockets.end(), fds, fds + 2);
  }
  EXPECT_GT(SocketBufferBytes(getpid()), before);
  for (int fd : sockets) close(fd);
}

TEST(ProcessTree, AProcessThatIsGoneCountsNothing) {
  pid_t gone;
  {
    Child child;
    gone = child.pid();
  }
  EXPECT_EQ(ResidentBytes({gone}), 0);
  EXPECT_EQ(CpuTime({gone}), absl::ZeroDuration());
  EXPECT_FALSE(ReadMemoryUse(gone).has_value());
}

// A child whose first thread has ended; another one lives, and has 32 MiB and a socket pair.
class HeadlessChild {
 public:
  HeadlessChild() {
    int there[2];
    EXPECT_EQ(pipe(there), 0);
    pid_ = fork();
    if (pid_ == 0) {
      std::thread([&] {
        std::vector<char> block(32 << 20, 'x');
        int sockets[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0) _exit(1);
        // It writes only once the first thread is a zombie.
        while (StateOfFirst() != 'Z') usleep(1000);
        if (write(there[1], block.data(), 1) != 1) _exit(1);
        for (;;) pause();
      }).detach();
      syscall(SYS_exit, 0);
    }
    char byte;
    EXPECT_EQ(read(there[0], &byte, 1), 1);
    close(there[0]);
    close(there[1]);
  }
  ~HeadlessChild() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  static char StateOfFirst() {
    std::ifstream file("/proc/self/stat");
    std::string pid, name, state;
    file >> pid >> name >> state;
    return state.empty() ? '\0' : state[0];
  }

  pid_t pid_ = 0;
};

TEST(ProcessTree, AProcessWhoseFirstThreadHasEndedHasWhatTheOthersHave) {
  HeadlessChild child;
  EXPECT_TRUE(IsRunning(child.pid()));
  EXPECT_GT(ResidentBytes({child.pid()}), 32 << 20);
  EXPECT_GT(ProportionalBytes({child.pid()}, true), 32 << 20);
  EXPECT_GT(SocketBufferBytesOf({child.pid()}), 0);
  const absl::optional<MemoryUse> use = ReadMemoryUse(child.pid());
  ASSERT_TRUE(use.has_value());
  EXPECT_GT(use->bytes, 32 << 20);
}

TEST(ProcessTree, AZombieDoesNotRun) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(IsRunning(child));
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(IsRunning(child));
}

}  // namespace
}  // namespace carrel
