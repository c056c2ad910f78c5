// Tests against the kernel: each claims cgroups in a child of its own, below the cgroup in which
// this program was started. Where that is not possible, the program prints the reason and exits
// with 77, or with 1 if CARREL_NEEDS_CGROUPS is set.
#include "sandbox/cgroup/cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <filesystem>
#include <functional>

#include "absl/time/clock.h"
#include "sandbox/cgroup/cgroup_removal.h"
#include "sandbox/posix/small_file.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr uint32_t kUid = 680100;
constexpr absl::Duration kPatience = absl::Seconds(60);

std::string OwnCgroup() { return ReadSmallFile("/proc/self/cgroup").value_or(""); }

CgroupPlace OwnPlace() {
  return *FindCgroupPlace(OwnCgroup(), *ReadSmallFile("/proc/self/mountinfo"));
}

void Hog(int64_t bytes) {
  void* memory = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(memory, 1, static_cast<size_t>(bytes));
}

CgroupLimits Bounds() {
  CgroupLimits bounds;
  bounds.memory_bytes = 64 * kMiB;
  bounds.process_count = 16;
  return bounds;
}

// Starts a child that is moved into the cgroup and then performs `action`.
pid_t StartIn(const SessionCgroup& cgroup, const std::function<void()>& action) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (!WriteSmallFile(cgroup.path() + "/cgroup.procs", "0").ok()) _exit(99);
    action();
    _exit(0);
  }
  return pid;
}

void SleepForEver() {
  for (;;) pause();
}

int WaitFor(pid_t pid) {
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time end = absl::Now() + kPatience;
  while (!condition() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  return condition();
}

// Ends a child of a test, which reports its results to its parent by its status and on stderr.
[[noreturn]] void EndChild() {
  const testing::TestResult* result =
      testing::UnitTest::GetInstance()->current_test_info()->result();
  for (int i = 0; i < result->total_part_count(); ++i)
    if (result->GetTestPartResult(i).failed())
      fprintf(stderr, "%s\n", result->GetTestPartResult(i).message());
  exit(result->Failed() ? 1 : 0);
}

class CgroupTest : public testing::Test {
 protected:
  CgroupTest() {
    char pattern[] = "/tmp/carrel-cgroup-test-XXXXXX";
    directory_ = mkdtemp(pattern);
  }
  ~CgroupTest() override { fs::remove_all(directory_); }

  // Runs `body` with cgroups in the child; nothing may be left afterwards.
  [[noreturn]] void WithCgroups(const std::function<void(Cgroups*)>& body) {
    const std::string before = OwnCgroup();
    {
      auto cgroups = Cgroups::Claim(directory_);
      EXPECT_TRUE(cgroups.ok()) << cgroups.status();
      if (cgroups.ok()) {
        body(cgroups->get());
        (*cgroups)->Dismantle();
        EXPECT_FALSE(fs::exists((*cgroups)->path()));
      }
    }
    EXPECT_EQ(OwnCgroup(), before);
    EndChild();
  }

  std::string directory_;
};

#define EXPECT_WITH_CGROUPS(body) EXPECT_EXIT(WithCgroups(body), testing::ExitedWithCode(0), "")

std::unique_ptr<SessionCgroup> MustMake(Cgroups* cgroups, const CgroupLimits& bounds,
                                        uint32_t uid = kUid) {
  auto made = cgroups->Make(bounds, uid);
  EXPECT_TRUE(made.ok()) << made.status();
  if (!made.ok()) exit(1);
  return *std::move(made);
}

TEST_F(CgroupTest, ServerIsInControlAndSessionsBesideIt) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    EXPECT_THAT(OwnCgroup(), EndsWith("/control\n"));
    auto session = MustMake(cgroups, Bounds());
    EXPECT_THAT(session->path(), HasSubstr("/sessions/680100."));
    EXPECT_EQ(*ReadSmallFile(session->path() + "/memory.max"), std::to_string(64 * kMiB) + "\n");
    EXPECT_EQ(*ReadSmallFile(session->path() + "/memory.oom.group"), "1\n");
    EXPECT_EQ(*ReadSmallFile(session->path() + "/pids.max"), "16\n");
    EXPECT_EQ(*ReadSmallFile(cgroups->path() + "/control/cpu.weight"), "1000\n");
    EXPECT_NE(*ReadSmallFile(cgroups->path() + "/sessions/memory.max"), "max\n");
    session->End();
    EXPECT_FALSE(fs::exists(session->path()));
  });
}

TEST_F(CgroupTest, MemoryOverTheLimitEndsAllProcessesOfTheSessionAndNoOther) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    auto session = MustMake(cgroups, Bounds());
    auto neighbour = MustMake(cgroups, Bounds());
    const pid_t idle = StartIn(*session, SleepForEver);
    const pid_t other = StartIn(*neighbour, SleepForEver);
    const pid_t hog = StartIn(*session, [] { Hog(256 * kMiB); });
    EXPECT_EQ(WTERMSIG(WaitFor(hog)), SIGKILL);
    EXPECT_EQ(WTERMSIG(WaitFor(idle)), SIGKILL);
    const CgroupEnding ending = session->End();
    EXPECT_TRUE(ending.killed_for_memory);
    EXPECT_TRUE(ending.over_own_limit);
    EXPECT_GT(ending.cpu, absl::ZeroDuration());
    EXPECT_TRUE(IsRunning(other));
    EXPECT_FALSE(neighbour->End().killed_for_memory);
    EXPECT_EQ(WTERMSIG(WaitFor(other)), SIGKILL);
  });
}

TEST_F(CgroupTest, ShortageOfAllTogetherIsNotTheSessionsOwnLimit) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    CgroupLimits wide = Bounds();
    wide.memory_bytes = 512 * kMiB;
    auto session = MustMake(cgroups, wide);
    auto neighbour = MustMake(cgroups, wide);
    EXPECT_TRUE(WriteSmallFile(cgroups->path() + "/sessions/memory.max", "67108864").ok());
    const pid_t other = StartIn(*neighbour, SleepForEver);
    EXPECT_EQ(WTERMSIG(WaitFor(StartIn(*session, [] { Hog(256 * kMiB); }))), SIGKILL);
    const CgroupEnding ending = session->End();
    EXPECT_TRUE(ending.killed_for_memory);
    EXPECT_FALSE(ending.over_own_limit);
    EXPECT_TRUE(IsRunning(other));
    neighbour->End();
    WaitFor(other);
  });
}

TEST_F(CgroupTest, OneProcessTooManyIsRefused) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    CgroupLimits bounds = Bounds();
    bounds.process_count = 4;
    auto session = MustMake(cgroups, bounds);
    const pid_t parent = StartIn(*session, [] {
      int children = 0;
      for (pid_t pid; (pid = fork()) >= 0; ++children)
        if (pid == 0) SleepForEver();
      _exit(errno == EAGAIN ? children : 99);
    });
    EXPECT_EQ(WEXITSTATUS(WaitFor(parent)), 3);
    session->End();
  });
}

TEST_F(CgroupTest, EndTakesDaemonsThatForkWithoutEnd) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    auto session = MustMake(cgroups, Bounds());
    const pid_t parent = StartIn(*session, [] {
      setsid();
      for (;;)
        if (fork() == 0) setsid();
    });
    EXPECT_TRUE(
        Eventually([&] { return *ReadSmallFile(session->path() + "/pids.current") == "16\n"; }));
    session->End();
    EXPECT_FALSE(fs::exists(session->path()));
    EXPECT_FALSE(session->End().killed_for_memory);
    WaitFor(parent);
  });
}

TEST_F(CgroupTest, AbandonedCgroupIsKilledAndItsUserNotFreeBeforeItIsGone) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    auto session = MustMake(cgroups, Bounds());
    const std::string path = session->path();
    const pid_t child = StartIn(*session, SleepForEver);
    EXPECT_TRUE(Eventually([&] { return !IsCgroupEmpty(path); }));
    session.reset();
    EXPECT_TRUE(cgroups->EndAllOf(kUid));
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(WTERMSIG(WaitFor(child)), SIGKILL);
  });
}

TEST_F(CgroupTest, SessionOfAProcessIsKilledByItAndNothingElse) {
  EXPECT_WITH_CGROUPS([](Cgroups* cgroups) {
    auto session = MustMake(cgroups, Bounds());
    const pid_t child = StartIn(*session, SleepForEver);
    EXPECT_TRUE(Eventually([&] { return cgroups->KillSessionOf(child).ok(); }));
    EXPECT_EQ(WTERMSIG(WaitFor(child)), SIGKILL);
    EXPECT_FALSE(cgroups->KillSessionOf(getpid()).ok()) << "it is in no session";
  });
}

TEST_F(CgroupTest, EarlierLifeOfTheSameFolderIsEnded) {
  const pid_t earlier = fork();
  if (earlier == 0) {
    auto cgroups = Cgroups::Claim(directory_);
    if (!cgroups.ok()) _exit(1);
    auto session = MustMake(cgroups->get(), Bounds());
    const pid_t guest = StartIn(*session, SleepForEver);
    if (!Eventually([&] { return !IsCgroupEmpty(session->path()); })) _exit(1);
    _exit(guest > 0 ? 0 : 1);  // The child exits as if it were killed: nothing is taken down.
  }
  ASSERT_EQ(WaitFor(earlier), 0);
  const auto lives = [own = OwnPlace().directory] {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(own))
      count += entry.path().filename().string().rfind("carrel-", 0) == 0;
    return count;
  };
  const int before = lives();
  EXPECT_WITH_CGROUPS([&](Cgroups* cgroups) {
    EXPECT_EQ(lives(), 1) << "its own";
    EXPECT_TRUE(IsCgroupEmpty(cgroups->path() + "/sessions"));
  });
  EXPECT_EQ(before, 1);
  EXPECT_EQ(lives(), 0);
}

// The cgroup is not the root, as in a container or in a service of systemd.
TEST_F(CgroupTest, CgroupOfItsOwnIsNeededUnlessItIsTheRoot) {
  const std::string own = OwnPlace().directory + "/carrel-test-" + std::to_string(getpid());
  ASSERT_EQ(mkdir(own.c_str(), 0755), 0);
  const pid_t somebody = fork();
  if (somebody == 0) SleepForEver();
  ASSERT_TRUE(WriteSmallFile(own + "/cgroup.procs", std::to_string(somebody)).ok());
  const auto enter = [&] { EXPECT_TRUE(WriteSmallFile(own + "/cgroup.procs", "0").ok()); };
  EXPECT_EXIT(
      {
        enter();
        auto cgroups = Cgroups::Claim(directory_);
        EXPECT_TRUE(absl::IsFailedPrecondition(cgroups.status())) << cgroups.status();
        EXPECT_THAT(std::string(cgroups.status().message()), HasSubstr("other processes"));
        EXPECT_THAT(OwnCgroup(), EndsWith(fs::path(own).filename().string() + "\n"));
        EXPECT_EQ(*ReadSmallFile(own + "/cgroup.subtree_control"), "");
        EndChild();
      },
      testing::ExitedWithCode(0), "");
  kill(somebody, SIGKILL);
  WaitFor(somebody);
  EXPECT_EXIT(
      {
        enter();
        WithCgroups([](Cgroups* cgroups) {
          auto session = MustMake(cgroups, Bounds());
          EXPECT_EQ(WTERMSIG(WaitFor(StartIn(*session, [] { Hog(256 * kMiB); }))), SIGKILL);
          EXPECT_TRUE(session->End().over_own_limit);
        });
      },
      testing::ExitedWithCode(0), "");
  EXPECT_TRUE(EndCgroup(own, kPatience));
}

// Returns the reason why cgroups cannot be used here; empty if they can.
std::string WhyNot() {
  char pattern[] = "/tmp/carrel-cgroup-test-XXXXXX";
  const std::string directory = mkdtemp(pattern);
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    auto cgroups = Cgroups::Claim(directory);
    const std::string why = cgroups.ok() ? "" : cgroups.status().ToString();
    if (cgroups.ok()) (*cgroups)->Dismantle();
    _exit(write(ends[1], why.data(), why.size()) == static_cast<ssize_t>(why.size()) ? 0 : 1);
  }
  close(ends[1]);
  char why[1024];
  const ssize_t n = read(ends[0], why, sizeof(why));
  close(ends[0]);
  const bool ended = WaitFor(child) == 0;
  fs::remove_all(directory);
  return !ended || n < 0 ? "the probe failed" : std::string(why, static_cast<size_t>(n));
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::string why_not = carrel::WhyNot();
  if (why_not.empty()) return RUN_ALL_TESTS();
  printf("NOT AVAILABLE: cgroups of version 2: %s\n", why_not.c_str());
  return getenv("CARREL_NEEDS_CGROUPS") != nullptr ? 1 : 77;
}
