// Mutation tests of the isolation layers: each layer is left out in turn, and an observation must
// change, in each isolation mode that has the layer. docs/layers.md has this table for people.
//
// Sessions run in carrel-zygote-testing (layers.h), in their own namespaces and file systems
// (MoveAside), or in an isolation mode's container (tests/lanes/layers_off_test.py).
#include <gtest/gtest.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "sandbox/child/confine/landlock.h"
#include "tests/ablation/layers_off_machine.h"
#include "tests/ablation/layers_off_probes.h"

namespace carrel {
namespace {

// A layer and the observation that detects it. If other layers have the same effect, they are left
// out as well, so that the observation depends on this one alone.
struct Row {
  Layer layer;
  const char* name;
  const char* modes;  // n: native, c: container, r: restricted.
  Look look;
  const char* held;  // The observation of a session that has the layer,
  const char* open;  // and of one without it; for "not started: …" only its beginning.
  LayerMask others = 0;
  int least_landlock_abi = 0;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

constexpr LayerMask kAllLandlock =
    Bit(Layer::kLandlockFiles) | Bit(Layer::kLandlockTcp) | Bit(Layer::kLandlockScopes);
constexpr LayerMask kNoSeccomp = Bit(Layer::kSeccomp);

constexpr char kRlimits[] = "G7 rlimits; open: G7";
constexpr char kInheritedDescriptors[] =
    "kept = set(map(str, [0, 1, 2, 3, 8, 100, 101, 102]))\n"
    "listed = set(os.listdir('/proc/self/fd')) - kept\n"
    "print(any(os.path.exists(f'/proc/self/fd/{fd}') or os.path.islink(f'/proc/self/fd/{fd}')"
    " for fd in listed))";
constexpr char kBindTcp[] =
    "import socket\n"
    "print(attempt(socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind, ('0.0.0.0', 0)))";
constexpr char kSignalVictim[] = "print(attempt(os.kill, {victim}, 0))";
constexpr char kSignalServer[] = "print(attempt(os.kill, {server}, 0))";
constexpr char kSecurebits[] =
    "import ctypes\n"
    "print(ctypes.CDLL(None).prctl(27, 0, 0, 0, 0) != 0)";
constexpr char kSendMessage[] =
    "import socket\n"
    "pair = socket.socketpair()\n"
    "print(attempt(pair[0].sendmsg, [b'x']))";

std::vector<Row> Rows() {
  using L = Layer;
  const char* start_failed = "not started: confinement failed at ";
  const char* enter_failed = "not started: confinement failed at enter /mnt/data";
  const char* landlock_failed = "not started: confinement failed at landlock";
  return {
      {L::kHostHidden, "HostHidden", "n", SeeSelfTest(), "", "G1 mount namespace"},
      {L::kMountNamespace, "MountNamespace", "n", SeeSelfTest(), "", start_failed},
      {L::kReadOnlyMounts, "ReadOnlyMounts", "n", SeeSelfTest(), "", "G2 read-only mounts"},
      {L::kNosuid, "Nosuid", "n", SeeSelfTest(), "", "G5 nosuid mounts"},
      {L::kProcReadOnly, "ProcReadOnly", "n",
       SeeCell("print(attempt(open, '/proc/self/comm', 'w'))"), "EROFS", "done",
       Bit(L::kLandlockFiles)},
      {L::kProcMasks, "ProcMasks", "n",
       SeeCell("import stat; print(stat.S_ISCHR(os.stat('/proc/kallsyms').st_mode))"), "True",
       "False"},
      {L::kHidePid, "HidePid", "n", SeeSelfTest(), "", "G3 pid namespace"},
      {L::kBoundedTmpfs, "BoundedTmpfs", "n", SeeSelfTest(), "", "G7 bounded tmpfs; open: G7"},
      {L::kTmpfsInodes, "TmpfsInodes", "n", SeeSelfTest(), "", "G7 bounded tmpfs; open: G7"},
      {L::kPidNamespace, "PidNamespace", "n", SeeSelfTest(), "",
       "G3 pid namespace, G8 pid namespace; open: G8"},
      {L::kNetworkNamespace, "NetworkNamespace", "n", SeeSelfTest(), "", "G4 network namespace"},
      {L::kIpcNamespace, "IpcNamespace", "n", SeeSelfTest(), "", "G9 IPC namespace"},
      {L::kUtsNamespace, "UtsNamespace", "n", SeeCell("print(os.uname().nodename)"), "carrel",
       "aside"},
      {L::kCgroupNamespace, "CgroupNamespace", "n",
       SeeCell("print(os.readlink('/proc/self/ns/cgroup') == '{cgroup namespace}')"), "False",
       "True"},
      {L::kClosedDescriptors, "ClosedDescriptors", "ncr", SeeCell(kInheritedDescriptors), "False",
       "True"},
      {L::kLandlockFiles, "LandlockFiles", "n", SeeSelfTest(), "", "G1 Landlock, G2 Landlock"},
      {L::kLandlockFiles, "LandlockFilesInContainer", "c", SeeSelfTest(), "",
       "G1 Landlock, G2 Landlock, G3 own user id, Landlock; open: G1 G2 G3"},
      {L::kLandlockFiles, "LandlockFilesOfSharedUser", "r", SeeSelfTest(), "",
       "G1 Landlock, G2 Landlock, G3 Landlock scopes, G9 Landlock; open: G1 G2 G3 G9"},
      {L::kLandlockTcp, "LandlockTcp", "ncr", SeeCell(kBindTcp), "EACCES", "done", kNoSeccomp, 4},
      {L::kLandlockScopes, "LandlockScopes", "n", SeeCellBesideVictim(kSignalVictim), "EPERM",
       "done", Bit(L::kPidNamespace), 6},
      {L::kLandlockScopes, "LandlockScopesInContainer", "c", SeeCellBesideVictim(kSignalVictim),
       "EPERM", "done", Bit(L::kSupervisorScopes), 6},
      {L::kSupervisorScopes, "SupervisorScopes", "c", SeeCellBesideVictim(kSignalVictim), "EPERM",
       "done", Bit(L::kLandlockScopes), 6},
      // The sweep is left out, too: without its scopes a supervisor's sweep would reach all
      // processes of its user, including this test.
      {L::kLandlockScopes, "LandlockScopesOfSharedUser", "r", SeeCell(kSignalServer), "EPERM",
       "done", Bit(L::kSupervisorScopes) | Bit(L::kSweep), 6},
      {L::kSupervisorScopes, "SupervisorScopesOfSharedUser", "r", SeeCell(kSignalServer), "EPERM",
       "done", Bit(L::kLandlockScopes) | Bit(L::kSweep), 6},
      {L::kLandlockScopes, "SupervisorOfSharedUser", "r", SeeSelfTest(), "",
       "G3 Landlock scopes; open: G3", 0, 6},
      {L::kOwnUser, "OwnUser", "nc", SeeSelfTest(), "", enter_failed},
      {L::kCapabilities, "Capabilities", "nc", SeeSelfTest(), "", "G5 no capabilities"},
      {L::kSecurebits, "Securebits", "nc", SeeCell(kSecurebits), "True", "False", kNoSeccomp},
      // The kernel then refuses Landlock, so the start fails.
      {L::kNoNewPrivs, "NoNewPrivs", "nc", SeeSelfTest(), "", landlock_failed,
       Bit(L::kSupervisorScopes)},
      {L::kNoNewPrivs, "NoNewPrivsAlone", "n", SeeSelfTest(),
       "G1 Landlock, G2 Landlock, G4 seccomp, G6 seccomp; open: G6",
       "G1 Landlock, G2 Landlock, G4 seccomp, G5 no_new_privs, G6 seccomp; open: G6",
       kAllLandlock | kNoSeccomp},
      {L::kSeccomp, "Seccomp", "n", SeeSelfTest(), "", "G4 seccomp, G6 seccomp; open: G6"},
      {L::kSeccomp, "SeccompInContainer", "c", SeeSelfTest(), "",
       "G3 own user id, Landlock, G4 seccomp, G6 seccomp; open: G3 G4 G6"},
      {L::kSeccomp, "SeccompOfSharedUser", "r", SeeSelfTest(), "",
       "G3 Landlock scopes, G4 seccomp, G6 seccomp, G7 rlimits; open: G3 G4 G6 G7"},
      {L::kOwnPidRules, "OwnPidRules", "c", SeeSelfTest(), "",
       "G3 own user id, Landlock; open: G3"},
      {L::kOwnPidRules, "OwnPidRulesOfSharedUser", "r", SeeSelfTest(), "",
       "G3 Landlock scopes; open: G3"},
      {L::kSecondStageFilter, "Seal", "r", SeeCell(kSendMessage), "EPERM", "done"},
      {L::kCpus, "Cpus", "ncr", SeeCell("print(len(os.sched_getaffinity(0)) == 1)"), "True",
       "False"},
      {L::kPriority, "Priority", "ncr", SeeCell("print(os.getpriority(os.PRIO_PROCESS, 0) == 10)"),
       "True", "False"},
      {L::kOomScore, "OomScore", "ncr",
       SeeCell("print(open('/proc/self/oom_score_adj').read().strip() == '1000')"), "True",
       "False"},
      {L::kRlimitCore, "RlimitCore", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitData, "RlimitData", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitFileSize, "RlimitFileSize", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitMemlock, "RlimitMemlock", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitMessageQueue, "RlimitMessageQueue", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitNice, "RlimitNice", "n", SeeSelfTest(), "", kRlimits},
      {L::kRlimitOpenFiles, "RlimitOpenFiles", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitProcesses, "RlimitProcesses", "nc", SeeSelfTest(), "", kRlimits},
      {L::kRlimitRealtime, "RlimitRealtime", "n", SeeSelfTest(), "", kRlimits},
      {L::kRlimitSignals, "RlimitSignals", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kRlimitStack, "RlimitStack", "ncr", SeeSelfTest(), "", kRlimits},
      {L::kSweep, "Sweep", "cr", SeeSelfTest(), "", "G8 supervisor's sweep; open: G8"},
      {L::kTaskBudget, "TaskBudget", "r", SeeSelfTest(), "", kRlimits},
      {L::kSupervisorRights, "SupervisorRights", "nc", SeeSupervisorRights(), "few", "more"},
      {L::kSupervisorFilter, "SupervisorFilter", "ncr", SeeSupervisorFilters(), "1", "0"},
      {L::kDeathWithSupervisor, "DeathWithSupervisor", "cr", SeeInterpreterWithoutSupervisor(),
       "dies", "lives"},
      {L::kTimeout, "Timeout", "ncr", SeeEndlessCell(false), "TIMEOUT", "goes on"},
      {L::kKillAfterGrace, "KillAfterGrace", "ncr", SeeEndlessCell(true), "TIMEOUT, killed",
       "TIMEOUT"},
      {L::kCpuTime, "CpuTime", "ncr", SeeBusyCell(), "CPU_TIME", "goes on"},
      {L::kTreeWatchdog, "TreeWatchdog", "ncr", SeeLargeTree(), "MEMORY, killed", "goes on"},
      {L::kWorkspaceBytes, "WorkspaceBytes", "ncr", SeeWatchOfBytes(), "WORKSPACE", "nothing"},
      {L::kWorkspaceFiles, "WorkspaceFiles", "ncr", SeeWatchOfFiles(), "FILE_COUNT", "nothing"},
      {L::kTemporaryBytes, "TemporaryBytes", "cr", SeeWatchOfTemporary(), "TEMPORARY", "nothing"},
  };
}

std::vector<Row> RowsOfThisMode() {
  const char isolation_mode = IsolationModeName(LayersOffHost::Get().isolation_mode())[0];
  std::vector<Row> rows;
  for (const Row& row : Rows())
    if (strchr(row.modes, isolation_mode) != nullptr) rows.push_back(row);
  return rows;
}

// Returns why leaving out the layer shows no effect in this environment, e.g. because the
// environment has the same restriction; empty if it does.
std::string SeenNowhere(const Row& row) {
  cpu_set_t cpus;
  if (child::LandlockAbi() < row.least_landlock_abi) return "this kernel's Landlock has none";
  if (row.layer == Layer::kNoNewPrivs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    return "the container has it already";
  if (row.layer == Layer::kCpus && sched_getaffinity(0, sizeof(cpus), &cpus) == 0 &&
      CPU_COUNT(&cpus) == 1)
    return "there is one CPU";
  for (auto [layer, resource] : {std::pair(Layer::kRlimitNice, RLIMIT_NICE),
                                 std::pair(Layer::kRlimitRealtime, RLIMIT_RTPRIO)}) {
    rlimit own{};
    if (row.layer == layer && getrlimit(resource, &own) == 0 && own.rlim_max == 0)
      return "this machine gives nobody more";
  }
  if (row.layer == Layer::kPriority && getpriority(PRIO_PROCESS, 0) >= 10)
    return "this test itself yields";
  return "";
}

class LayersOff : public testing::TestWithParam<Row> {};

TEST_P(LayersOff, IsMissed) {
  const Row& row = GetParam();
  if (std::string why = SeenNowhere(row); !why.empty()) GTEST_SKIP() << why;
  // The result of the self-test of a complete session is the same for many rows.
  static auto& whole = *new std::map<std::string, std::string>();
  std::string key = row.others == 0 && *row.held == '\0' ? "self-test" : row.name;
  if (whole.count(key) == 0) whole[key] = row.look(row.others, true);
  EXPECT_EQ(whole[key], row.held);
  const std::string without = row.look(row.others | Bit(row.layer), false);
  if (absl::StartsWith(row.open, "not started"))
    EXPECT_TRUE(absl::StartsWith(without, row.open)) << without;
  else
    EXPECT_EQ(without, row.open);
  printf("%s: \"%s\" becomes \"%s\"\n", row.name, row.held, without.c_str());
}

INSTANTIATE_TEST_SUITE_P(Layers, LayersOff, testing::ValuesIn(RowsOfThisMode()),
                         [](const testing::TestParamInfo<Row>& info) { return info.param.name; });

TEST(Layers, EachIsLookedFor) {
  std::set<Layer> seen;
  for (const Row& row : Rows()) seen.insert(row.layer);
  seen.insert(Layer::kCgroup);  // cgroup_off_test.cc
  EXPECT_EQ(seen.size(), static_cast<size_t>(Layer::kCount));
}

TEST(Layers, NoneCanBeLeftOutOfWhatIsShipped) {
  LayersOffMachine machine(~LayerMask{0}, /*shipped=*/true);
  SetLayersOff(0);  // The mask of this program itself.
  absl::StatusOr<IsolationReport> report = machine.RunSelfTest();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->all_held()) << FormatIsolationReport(*report);
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  carrel::MoveAside();
  // The host must exist before any thread.
  carrel::LayersOffHost::Get();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
