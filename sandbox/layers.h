// Mutation testing of the sandbox: each isolation layer can be left out, and some test must then
// fail (layers_off_test.cc; the table is docs/layers.md).
//
// Only programs that are built with CARREL_TEST_LAYERS can leave a layer out:
// carrel-zygote-testing, its supervisor, and layers_off_test, which is their host. In shipped
// programs IsApplied is the constant true and no layer can be disabled.
#ifndef CARREL_SANDBOX_LAYERS_H_
#define CARREL_SANDBOX_LAYERS_H_

#include <cstdint>

namespace carrel {

enum class Layer : uint8_t {
  // Visibility of the machine: image_root.cc, mounts.cc, confine.cc.
  kHostHidden,
  kMountNamespace,
  kReadOnlyMounts,
  kNosuid,
  kProcReadOnly,
  kProcMasks,
  kHidePid,
  kBoundedTmpfs,
  kTmpfsInodes,
  kPidNamespace,
  kNetworkNamespace,
  kIpcNamespace,
  kUtsNamespace,
  kCgroupNamespace,
  kClosedDescriptors,
  // Landlock: landlock.cc; the supervisor's own domain, which encloses its session's: confine.cc.
  kLandlockFiles,
  kLandlockTcp,
  kLandlockScopes,
  kSupervisorScopes,
  // privileges.cc
  kOwnUser,
  kCapabilities,
  kSecurebits,
  kNoNewPrivs,
  // System calls: confine.cc; the rows against other pids: zygote_server.cc.
  kSeccomp,
  kOwnPidRules,
  kSecondStageFilter,
  // resource_limits.cc
  kCpus,
  kPriority,
  kOomScore,
  kRlimitCore,
  kRlimitData,
  kRlimitFileSize,
  kRlimitMemlock,
  kRlimitMessageQueue,
  kRlimitNice,
  kRlimitOpenFiles,
  kRlimitProcesses,
  kRlimitRealtime,
  kRlimitSignals,
  kRlimitStack,
  // The supervisor: supervisor.cc, supervisor_main.cc; the session's death with it: confine.cc.
  kSweep,
  kTaskBudget,
  kSupervisorRights,
  kSupervisorFilter,
  kDeathWithSupervisor,
  // Cgroups, on machines that have them: zygote_server.cc, confine.cc.
  kCgroup,
  // The host: interpreter_process.cc, cell_stopper.cc, workspace_quota_watchdog.cc.
  kTimeout,
  kKillAfterGrace,
  kCpuTime,
  kTreeWatchdog,
  kWorkspaceBytes,
  kWorkspaceFiles,
  kTemporaryBytes,
  kCount,
};

using LayerMask = uint64_t;
static_assert(static_cast<int>(Layer::kCount) <= 64);
constexpr LayerMask Bit(Layer layer) { return LayerMask{1} << static_cast<int>(layer); }

#ifdef CARREL_TEST_LAYERS
// This namespace gives the testing IsApplied its own symbol, so that no linker merges it with the
// other.
inline namespace test_layers {
// The layers left out; set once in each process, before the first fork or thread.
inline LayerMask g_layers_off = 0;
inline bool IsApplied(Layer layer) { return (g_layers_off & Bit(layer)) == 0; }
inline LayerMask LayersOff() { return g_layers_off; }
inline void SetLayersOff(LayerMask mask) { g_layers_off = mask; }
}  // namespace test_layers
#else
constexpr bool IsApplied(Layer) { return true; }
constexpr LayerMask LayersOff() { return 0; }
constexpr void SetLayersOff(LayerMask) {}
#endif

}  // namespace carrel

#endif  // CARREL_SANDBOX_LAYERS_H_
