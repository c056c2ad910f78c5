#include "sandbox/processes/process_tree.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
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
  EXPECT_GT(ProportionalBytes({getpid()}), 32 << 20);
  const absl::optional<MemoryUse> use = ReadMemoryUse(getpid());
  ASSERT_TRUE(use.has_value());
  EXPECT_GT(use->peak_bytes, 32 << 20);
  EXPECT_GE(use->peak_bytes, use->bytes);
}

// Others may open and close sockets of this namespace meanwhile: hence so many.
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

}  // namespace
}  // namespace carrel
