// Proves at boot that this machine holds Carrel's guarantees, through the
// production spawn path: for each holder a positive control (what is allowed
// works) and a witnessed denial (what is forbidden fails).
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/lane.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/zygote.h"

namespace carrel {

// A mechanism that was tried.
struct HolderReport {
  std::string mechanism;
  bool proved = false;
  std::string evidence;
  // False if it is not needed: something that this machine has not, and that others hold for.
  bool counted = true;
};

// One promise and the mechanisms that keep it.
struct GuaranteeReport {
  std::string id;           // "G1" … "G9".
  std::string description;  // One sentence.
  std::vector<HolderReport> holders;
  // Each holder bounds something else, so all are needed; otherwise one is enough.
  bool needs_all = false;
  bool held() const {
    if (needs_all) {
      for (const HolderReport& holder : holders)
        if (holder.counted && !holder.proved) return false;
      return !holders.empty();
    }
    for (const HolderReport& holder : holders)
      if (holder.proved) return true;
    return false;
  }
};

// Why this machine is (not) safe to serve on.
struct IsolationReport {
  std::string lane;  // See LaneName.
  std::vector<GuaranteeReport> guarantees;
  // Positive controls that failed: things a guest must be able to do.
  std::vector<std::string> broken_controls;
  bool all_held() const {
    if (!broken_controls.empty() || guarantees.empty()) return false;
    for (const GuaranteeReport& guarantee : guarantees)
      if (!guarantee.held()) return false;
    return true;
  }
};

// Where the self-test may work.
struct SelfTestOptions {
  std::string sessions_directory;  // Makes and removes two folders in it.
  uint32_t first_uid = 0;          // Uses this one and the next, if HasOwnUser(lane).
  Lane lane = Lane::kNative;
  // Those of the zygote, or null; then, why there are none.
  Cgroups* cgroups = nullptr;
  std::string no_cgroups;
};

// Blocks; not on the loop's thread. An error means that no probe could run.
absl::StatusOr<IsolationReport> RunSelfTest(EventLoop* loop, Zygote* zygote,
                                            const SelfTestOptions& options);

// The table that `carreld --self_test` prints.
std::string FormatIsolationReport(const IsolationReport& report);

}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_
