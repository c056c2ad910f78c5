// Proof that the tests are effective, for the one layer that not every machine has (the others:
// layers_off_test.cc): without its cgroup a session fails its self-test. Where cgroups cannot be
// used, this program prints that and exits with 77, or with 1 if CARREL_NEEDS_CGROUPS is set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/layers.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/spawn/launcher.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {
namespace {

using ::testing::IsEmpty;

constexpr uint32_t kFirstUid = 680200;
// The launcher ends before them: its process takes the cgroups down.
std::unique_ptr<Cgroups> cgroups;
std::unique_ptr<Launcher> launcher;

// The holders with cgroups that were not proved, such as "G7 cgroup memory.max", and whether all is
// held. Other holders are left out: an old kernel has no Landlock scopes.
struct Missed {
  std::vector<std::string> holders;
  bool all_held = true;
};

Missed MissedWithout(LayerMask off) {
  char pattern[] = "/tmp/carrel-cgroup-off-XXXXXX";
  const std::string sessions = mkdtemp(pattern);
  EXPECT_EQ(chmod(sessions.c_str(), 0711), 0);
  Missed missed;
  {
    EventLoop loop;
    asio::thread_pool pool(1);
    SamplingThreads samplers;
    const char* state = getenv("CARREL_STATE_DIR");
    ZygoteSpec spec;
    spec.name = "minimal";
    spec.environment = absl::StrCat(state ? state : CARREL_DEFAULT_STATE_DIR, "/images/minimal");
    spec.sessions_directory = sessions;
    spec.test_layers_off = off;
    spec.cgroups = cgroups.get();
    auto zygote = Zygote::Start(&loop, &pool, &samplers, launcher.get(), spec);
    EXPECT_TRUE(zygote.ok()) << zygote.status();
    SelfTestOptions options{sessions, kFirstUid};
    options.cgroups = cgroups.get();
    auto report = zygote.ok() ? RunSelfTest(&loop, zygote->get(), options)
                              : absl::StatusOr<IsolationReport>(zygote.status());
    EXPECT_TRUE(report.ok()) << report.status();
    loop.Stop();
    if (report.ok()) {
      missed.all_held = report->all_held();
      for (const GuaranteeReport& guarantee : report->guarantees)
        for (const HolderReport& holder : guarantee.holders)
          if (absl::StrContains(holder.mechanism, "cgroup") && holder.counted && !holder.proved)
            missed.holders.push_back(absl::StrCat(guarantee.id, " ", holder.mechanism));
    }
  }
  std::filesystem::remove_all(sessions);
  return missed;
}

TEST(CgroupOff, NothingIsMissedWhenItIsThere) {
  const Missed missed = MissedWithout(0);
  EXPECT_THAT(missed.holders, IsEmpty());
  EXPECT_TRUE(missed.all_held);
}

TEST(CgroupOff, IsMissedAndG7NeedsIt) {
  const Missed missed = MissedWithout(Bit(Layer::kCgroup));
  EXPECT_THAT(missed.holders,
              testing::UnorderedElementsAre("G7 cgroup memory.max", "G7 cgroup pids.max",
                                            "G7 cgroup cpu.max", "G8 cgroup.kill"));
  EXPECT_FALSE(missed.all_held);
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  char pattern[] = "/tmp/carrel-cgroup-off-XXXXXX";
  auto claimed = carrel::Cgroups::Claim(mkdtemp(pattern));
  std::filesystem::remove(pattern);
  if (!claimed.ok()) {
    printf("NOT AVAILABLE: cgroups of version 2: %s\n", claimed.status().ToString().c_str());
    return getenv("CARREL_NEEDS_CGROUPS") != nullptr ? 1 : 77;
  }
  carrel::cgroups = *std::move(claimed);
  auto launcher = carrel::Launcher::Start(CARREL_TESTING_ZYGOTE_BINARY, "", carrel::cgroups.get());
  if (!launcher.ok()) return 1;
  carrel::launcher = *std::move(launcher);
  const int status = RUN_ALL_TESTS();
  carrel::launcher.reset();
  return status;
}
