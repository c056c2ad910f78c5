// Verifies at boot that this machine provides Carrel's guarantees, through the production spawn
// path: for each mechanism a positive control (what is allowed works) and an observed denial (what
// is forbidden fails).
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/spawn/isolation_mode.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {

// A mechanism that was tried.
struct HolderReport {
  std::string mechanism;
  bool proved = false;
  std::string evidence;
  // False if it is not needed: this machine lacks it, and others provide the guarantee.
  bool counted = true;
};

// A guarantee and the mechanisms that provide it.
struct GuaranteeReport {
  std::string id;           // "G1" … "G9".
  std::string description;  // One sentence.
  std::vector<HolderReport> holders;
  // True if each mechanism limits something else, so that all are needed; otherwise one is enough.
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

// The reasons for which this machine is (not) safe to serve on.
struct IsolationReport {
  std::string isolation_mode;  // See IsolationModeName.
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

// The resources that the self-test may use.
struct SelfTestOptions {
  std::string sessions_directory;  // The self-test makes and removes two directories in it.
  uint32_t first_uid =
      0;  // The first user id; the next is used, too, if HasOwnUser(isolation_mode).
  IsolationMode isolation_mode = IsolationMode::kNative;
  // The zygote's cgroups, or null; in that case `no_cgroups` is the reason.
  Cgroups* cgroups = nullptr;
  std::string no_cgroups;
};

// Runs the self-test. Blocks; must not be called on the loop's thread. An error means that no probe
// could run.
absl::StatusOr<IsolationReport> RunSelfTest(EventLoop* loop, Zygote* zygote,
                                            const SelfTestOptions& options);

// Returns the table that `carreld --self_test` prints.
std::string FormatIsolationReport(const IsolationReport& report);

}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_H_
