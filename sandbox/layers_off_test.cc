// Proof that the self-test tests: each layer of confinement that can be left out
// without harm to this machine is left out in turn, and must be missed by exactly the
// holders that it is. Not left out: the mounts and the pid namespace (the guest would
// be loose on this machine) and the own user id (the session cannot even enter its
// workspace then). Uses carrel-zygote-testing; see child/layers.h.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sandbox/child/layers.h"
#include "sandbox/self_test.h"

namespace carrel {
namespace {

using child::Layer;

constexpr uint32_t kFirstUid = 680000;
// Null where there can be none.
std::unique_ptr<Cgroups> cgroups;
std::unique_ptr<Launcher> testing_launcher;
std::unique_ptr<Launcher> production_launcher;

class LayersOff : public testing::Test {
 protected:
  LayersOff() {
    char pattern[] = "/tmp/carrel-layers-off-XXXXXX";
    sessions_ = mkdtemp(pattern);
    chmod(sessions_.c_str(), 0711);
  }
  ~LayersOff() override { std::filesystem::remove_all(sessions_); }

  IsolationReport Report(Launcher* launcher, uint32_t layers_off) {
    EventLoop loop;
    asio::thread_pool pool(1);
    const char* state = getenv("CARREL_STATE_DIR");
    ZygoteSpec spec;
    spec.name = "minimal";
    spec.environment = std::string(state ? state : CARREL_DEFAULT_STATE_DIR) + "/images/minimal";
    spec.sessions_directory = sessions_;
    spec.test_layers_off = layers_off;
    spec.cgroups = cgroups.get();
    auto zygote = Zygote::Start(&loop, &pool, launcher, spec);
    EXPECT_TRUE(zygote.ok()) << zygote.status();
    if (!zygote.ok()) return {};
    SelfTestOptions options{sessions_, kFirstUid};
    options.cgroups = cgroups.get();
    auto report = RunSelfTest(&loop, zygote->get(), options);
    EXPECT_TRUE(report.ok()) << report.status();
    loop.Stop();
    return report.ok() ? *std::move(report) : IsolationReport();
  }

  // "G1 Landlock" for each holder that was not proved.
  static std::set<std::string> Missed(const IsolationReport& report) {
    std::set<std::string> missed;
    for (const GuaranteeReport& guarantee : report.guarantees)
      for (const HolderReport& holder : guarantee.holders)
        if (holder.counted && !holder.proved) missed.insert(guarantee.id + " " + holder.mechanism);
    missed.erase("G3 Landlock scopes");  // Never counted.
    return missed;
  }

  std::set<std::string> MissedWithout(std::initializer_list<Layer> layers) {
    uint32_t mask = 0;
    for (Layer layer : layers) mask |= static_cast<uint32_t>(layer);
    return Missed(Report(testing_launcher.get(), mask));
  }

  std::string sessions_;
};

using Names = std::set<std::string>;

TEST_F(LayersOff, NothingIsMissedWhenAllAreOn) { EXPECT_EQ(MissedWithout({}), Names()); }

TEST_F(LayersOff, LandlockIsMissed) {
  EXPECT_EQ(MissedWithout({Layer::kLandlock}), Names({"G1 Landlock", "G2 Landlock"}));
}

TEST_F(LayersOff, SeccompIsMissedAndG6HasNoHolder) {
  IsolationReport report = Report(testing_launcher.get(), static_cast<uint32_t>(Layer::kSeccomp));
  EXPECT_EQ(Missed(report), Names({"G4 seccomp", "G6 seccomp"}));
  EXPECT_FALSE(report.all_held());
}

TEST_F(LayersOff, RlimitsAreMissedAndG7NeedsEveryHolder) {
  IsolationReport report = Report(testing_launcher.get(), static_cast<uint32_t>(Layer::kRlimits));
  EXPECT_EQ(Missed(report), Names({"G7 rlimits"}));
  EXPECT_FALSE(report.all_held());
}

TEST_F(LayersOff, NetworkNamespaceIsMissed) {
  EXPECT_EQ(MissedWithout({Layer::kNetworkNamespace}), Names({"G4 network namespace"}));
}

TEST_F(LayersOff, DroppedCapabilitiesAreMissed) {
  EXPECT_EQ(MissedWithout({Layer::kCapabilities}), Names({"G5 no capabilities"}));
}

TEST_F(LayersOff, NoNewPrivsIsMissed) {
  // Without it the kernel refuses Landlock and seccomp to an unprivileged process.
  EXPECT_TRUE(MissedWithout({Layer::kNoNewPrivs, Layer::kLandlock, Layer::kSeccomp})
                  .count("G5 no_new_privs"));
}

TEST_F(LayersOff, NosuidIsMissed) {
  EXPECT_EQ(MissedWithout({Layer::kNosuid}), Names({"G5 nosuid mounts"}));
}

TEST_F(LayersOff, BoundedTmpfsIsMissed) {
  EXPECT_EQ(MissedWithout({Layer::kBoundedTmpfs}), Names({"G7 bounded tmpfs"}));
}

TEST_F(LayersOff, CgroupIsMissedAndG7NeedsIt) {
  ASSERT_TRUE(cgroups != nullptr || getenv("CARREL_NEEDS_CGROUPS") == nullptr);
  if (cgroups == nullptr) GTEST_SKIP() << "NOT AVAILABLE: cgroup_test says why";
  IsolationReport report = Report(testing_launcher.get(), static_cast<uint32_t>(Layer::kCgroup));
  EXPECT_EQ(Missed(report), Names({"G7 cgroup memory.max", "G7 cgroup pids.max",
                                   "G7 cgroup cpu.max", "G8 cgroup.kill"}));
  EXPECT_FALSE(report.all_held());
}

TEST_F(LayersOff, TheProductionZygoteDoesNotListen) {
  EXPECT_EQ(Missed(Report(production_launcher.get(), ~0U)), Names());
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  char pattern[] = "/tmp/carrel-layers-off-XXXXXX";
  auto cgroups = carrel::Cgroups::Claim(mkdtemp(pattern));
  std::filesystem::remove(pattern);
  if (cgroups.ok()) carrel::cgroups = *std::move(cgroups);
  auto production_launcher = carrel::Launcher::Start(CARREL_PRODUCTION_ZYGOTE_BINARY);
  // This one ends last, and takes the cgroups down.
  auto testing_launcher = carrel::Launcher::Start(CARREL_ZYGOTE_BINARY, "", carrel::cgroups.get());
  if (!testing_launcher.ok() || !production_launcher.ok()) return 1;
  carrel::testing_launcher = *std::move(testing_launcher);
  carrel::production_launcher = *std::move(production_launcher);
  return RUN_ALL_TESTS();
}
