#include "sandbox/processes/tree_sampler.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <memory>

#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

constexpr int64_t kRoom = 32 << 20;

// Returns the process's memory, which is large under a sanitizer, plus kRoom.
int64_t LimitFor(pid_t pid) { return ResidentBytes({pid}) + kRoom; }

// A process that takes a number of bytes, its children's included, on each request.
class Grower {
 public:
  Grower() {
    EXPECT_EQ(pipe(orders_), 0);
    EXPECT_EQ(pipe(answers_), 0);
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int32_t bytes;
    while (read(orders_[0], &bytes, sizeof bytes) == sizeof bytes) {
      memset(mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
             1, static_cast<size_t>(bytes));
      if (write(answers_[1], &bytes, sizeof bytes) != sizeof bytes) break;
    }
    _exit(0);
  }
  ~Grower() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    for (int fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) close(fd);
  }

  void Take(int32_t bytes) {
    EXPECT_EQ(write(orders_[1], &bytes, sizeof bytes), static_cast<ssize_t>(sizeof bytes));
    EXPECT_EQ(read(answers_[0], &bytes, sizeof bytes), static_cast<ssize_t>(sizeof bytes));
    usleep(20'000);  // Waits until it sleeps.
  }
  pid_t pid() const { return pid_; }
  SessionCpu* cpu() {
    if (cpu_ == nullptr) cpu_ = std::make_unique<SessionCpu>(pid_, "");
    return cpu_.get();
  }

 private:
  int orders_[2], answers_[2];
  pid_t pid_ = 0;
  std::unique_ptr<SessionCpu> cpu_;
};

// Returns limits in the isolation mode in which the sockets of these processes count, and not those
// of a network namespace, which is the machine's here.
SampleTarget Within(int64_t memory_bytes, pid_t pid) {
  return {pid, IsolationMode::kRestricted, 0, memory_bytes, kRoom};
}

TEST(TreeSampler, FindsAProcessThatGrowsBetweenTwoSamples) {
  Grower grower;
  grower.Take(1);
  TreeSampler sampler(Within(LimitFor(grower.pid()), grower.pid()), grower.cpu());
  EXPECT_FALSE(sampler.Take().excess.has_value());
  EXPECT_FALSE(sampler.Take().excess.has_value());
  grower.Take(48 << 20);
  EXPECT_TRUE(sampler.Take().excess.has_value());
  EXPECT_TRUE(sampler.Take().excess.has_value()) << "it still has it, though it has not run since";
}

TEST(TreeSampler, SamplesASleepingProcessAgainIfItLackedDescriptors) {
  Grower grower;
  grower.Take(1);
  TreeSampler sampler(Within(LimitFor(grower.pid()), grower.pid()), grower.cpu());
  grower.Take(48 << 20);
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sampler.Take();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(sampler.Take().excess.has_value());
}

TEST(TreeSampler, LeavesMemoryToACgroup) {
  Grower grower;
  grower.Take(48 << 20);
  EXPECT_FALSE(TreeSampler(Within(-1, grower.pid()), grower.cpu()).Take().excess.has_value());
}

TEST(TreeSampler, ReportsTheCpuTimeAndItsOwnCost) {
  Grower grower;
  grower.Take(48 << 20);
  const TreeSampler::Reading reading =
      TreeSampler(Within(LimitFor(grower.pid()), grower.pid()), grower.cpu()).Take();
  EXPECT_EQ(reading.tree.size(), 1u);
  EXPECT_GT(reading.cpu, absl::ZeroDuration());
  EXPECT_GT(reading.cost, absl::ZeroDuration());
}

}  // namespace
}  // namespace carrel
