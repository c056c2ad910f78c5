#include "sandbox/self_test/self_test.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sandbox/child/confine/landlock.h"
#include "sandbox/files/workspace.h"
#include "sandbox/processes/process_tree.h"
#include "sandbox/self_test/self_test_cgroup.h"
#include "sandbox/self_test/self_test_probe.h"
#include "sandbox/self_test/self_test_session.h"

namespace carrel {
namespace {

// The time limit for a slow machine to fill some hundred megabytes; where the limit holds, the cell
// ends much earlier.
constexpr absl::Duration kGrowthPatience = absl::Minutes(10);

// Returns limits that are small, so that they are reached quickly.
SandboxLimits ProbeLimits() {
  SandboxLimits limits;
  limits.memory_bytes = 192 << 20;
  // The number is so small that the threads' stacks (8 MiB each) do not reach the memory limit
  // first.
  limits.process_count = 16;
  limits.cpu_count = 1;
  limits.workspace_bytes = 8 << 20;
  limits.workspace_file_count = 1000;
  limits.temporary_bytes = 4 << 20;
  limits.open_file_count = 64;
  return limits;
}

std::string ReadLink(const char* path) {
  char target[PATH_MAX];
  ssize_t n = readlink(path, target, sizeof(target));
  return n < 0 ? "" : std::string(target, static_cast<size_t>(n));
}

// Collects the probes' observations into a report.
class Collector {
 public:
  explicit Collector(IsolationMode isolation_mode) {
    const std::pair<const char*, const char*> guarantees[] = {
        {"G1", "only the image and its own workspace can be read"},
        {"G2", "only the workspace and /tmp can be written"},
        {"G3", "other processes cannot be seen, signalled or traced"},
        {"G4", "no network, no sockets to others"},
        {"G5", "no privilege to gain"},
        {"G6", "a small kernel surface"},
        {"G7", "bounded memory, CPU time, processes, disk and files"},
        {"G8", "nothing outlives the session"},
        {"G9", "sessions cannot reach each other"},
    };
    report_.isolation_mode = IsolationModeName(isolation_mode);
    for (const auto& [id, description] : guarantees)
      report_.guarantees.push_back({id, description, {}, absl::string_view(id) == "G7"});
  }

  void Hold(absl::string_view id, const HolderReport& holder) {
    for (GuaranteeReport& guarantee : report_.guarantees)
      if (guarantee.id == id) guarantee.holders.push_back(holder);
  }
  void Hold(absl::string_view id, const std::string& mechanism, bool proved,
            const std::string& evidence) {
    Hold(id, {mechanism, proved, evidence});
  }

  void Control(absl::string_view name, bool ok, absl::string_view detail) {
    ++controls_;
    if (!ok) report_.broken_controls.push_back(absl::StrCat(name, ": ", detail));
  }

  // Adds the probe's lines. The probe must have run to its end.
  void AddProbeOutput(const std::string& output) {
    for (absl::string_view line : absl::StrSplit(output, '\n')) {
      std::vector<std::string> fields = absl::StrSplit(line, '\t');
      if (fields.size() == 4 && fields[0] == "CONTROL")
        Control(fields[1], fields[2] == "1", fields[3]);
      else if (fields.size() == 5 && fields[0] == "HOLDER")
        Hold(fields[1], fields[2], fields[3] == "1", fields[4]);
    }
    if (controls_ == 0) report_.broken_controls.push_back("no positive control ran");
  }

  IsolationReport Take() { return std::move(report_); }

 private:
  IsolationReport report_;
  int controls_ = 0;
};

class SelfTest {
 public:
  SelfTest(EventLoop* loop, Zygote* zygote, const SelfTestOptions& options)
      : loop_(loop), zygote_(zygote), options_(options), collector_(options.isolation_mode) {}

  absl::StatusOr<IsolationReport> Run() {
    absl::Status status = RunProbes();
    first_.reset();
    second_.reset();
    for (const char* name : {"self-test-1", "self-test-2"})
      Workspace::Destroy(Path(name)).IgnoreError();
    unlink(Path("self-test-canary").c_str());
    if (!status.ok()) return status;
    return collector_.Take();
  }

 private:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(options_.sessions_directory, "/", name);
  }

  absl::StatusOr<std::unique_ptr<SelfTestSession>> Open(
      absl::string_view name, uint32_t uid,
      absl::optional<CgroupLimits> cgroup_limits = absl::nullopt) {
    Workspace::Destroy(Path(name)).IgnoreError();
    SandboxLimits limits = ProbeLimits();
    WorkspaceLimits folders{limits.workspace_bytes, limits.workspace_file_count};
    if (!HasOwnNamespaces(options_.isolation_mode))
      folders.max_temporary_bytes = limits.temporary_bytes;
    auto workspace = Workspace::Create(Path(name), {uid, uid}, folders);
    if (!workspace.ok()) return workspace.status();
    workspace_ = *std::move(workspace);
    SpawnOptions spawn;
    spawn.workspace = absl::StrCat(name, "/files");
    spawn.private_folder = absl::StrCat(name, "/private");
    spawn.uid = uid;
    spawn.limits = limits;
    spawn.cgroup_limits = cgroup_limits;
    // The loop of CheckTimeout ends at its first interrupt. On a slow machine that takes time, too,
    // and is no reason not to serve.
    spawn.interrupt_grace_period = absl::Seconds(60);
    spawn.environment = {{"CARREL_SELF_TEST", ProbeArguments(uid)}};
    return SelfTestSession::Open(loop_, zygote_, std::move(spawn));
  }

  std::string ProbeArguments(uint32_t uid) const {
    SandboxLimits limits = ProbeLimits();
    return absl::StrCat("canary=", Path("self-test-canary"), "|uid=", uid,
                        "|lane=", IsolationModeName(options_.isolation_mode), "|server=", getpid(),
                        "|server_uid=", geteuid(), "|pid_namespace=", ReadLink("/proc/self/ns/pid"),
                        "|net_namespace=", ReadLink("/proc/self/ns/net"),
                        "|ipc_namespace=", ReadLink("/proc/self/ns/ipc"),
                        "|memory=", limits.memory_bytes, "|processes=", limits.process_count,
                        "|files=", limits.open_file_count, "|temporary=", limits.temporary_bytes,
                        "|file_bytes=", limits.workspace_bytes);
  }

  absl::Status RunProbes() {
    std::ofstream(Path("self-test-canary")) << "not for guests\n";
    chmod(Path("self-test-canary").c_str(), 0644);
    auto first = Open("self-test-1", options_.first_uid);
    if (!first.ok()) return first.status();
    first_ = *std::move(first);
    auto second =
        Open("self-test-2", options_.first_uid + (HasOwnUser(options_.isolation_mode) ? 1 : 0));
    if (!second.ok()) return second.status();
    second_ = *std::move(second);
    SelfTestSession::Result probe = first_->Run(kSelfTestProbe, absl::Seconds(60));
    collector_.AddProbeOutput(probe.output);
    if (probe.outcome.status != Outcome::Status::kOk)
      collector_.Control("the probe runs to its end", false, probe.error);
    if (HasOwnNamespaces(options_.isolation_mode)) NoteLandlockScopes();
    CheckNeighbours();
    if (!HasOwnNamespaces(options_.isolation_mode)) CheckTemporary();
    CheckTimeout();
    CheckNothingSurvives();
    CheckTreeMemory();
    return CheckCgroup();
  }

  void NoteLandlockScopes() {
    int abi = child::LandlockAbi();
    collector_.Hold("G3", "Landlock scopes", false,
                    abi >= 6 ? "in force; not counted, since it cannot be witnessed apart from the "
                               "others"
                             : "not on this kernel (needs Landlock ABI 6)");
  }

  // Runs code in the second session that searches for the first one's files where both may write.
  void CheckNeighbours() {
    auto result = second_->Run(absl::StrCat("import os\n"
                                            "seen = [f for f in ('/tmp', '/dev/shm', '/mnt/data') "
                                            "if os.path.exists(f + '/neighbour')]\n"
                                            "try:\n"
                                            "    seen.append(open('",
                                            Path("self-test-1/files/neighbour"),
                                            "').read())\n"
                                            "except OSError:\n"
                                            "    pass\n"
                                            "print(seen, os.getuid())"),
                               absl::Seconds(60));
    collector_.Hold("G9", HasOwnNamespaces(options_.isolation_mode) ? "private mounts" : "Landlock",
                    absl::StartsWith(result.output, "[] "),
                    "a file in /tmp, /dev/shm and /mnt/data of one session is not in another's");
    if (HasOwnUser(options_.isolation_mode))
      collector_.Hold("G9", "own user id",
                      result.output == absl::StrCat("[] ", options_.first_uid + 1, "\n"),
                      "two sessions have two user ids");
  }

  // No file system limits these directories here, so they are measured.
  void CheckTemporary() {
    second_->Run("open('/tmp/fill', 'wb').write(bytes(5 << 20))", absl::Seconds(60));
    absl::StatusOr<WorkspaceUsage> usage = workspace_->MeasureTemporary();
    bool ok = usage.ok() && usage->bytes > ProbeLimits().temporary_bytes;
    collector_.Hold("G7", "folder watch", ok, "5 MiB in /tmp are seen to exceed 4 MiB");
    second_->Run("import os; os.unlink('/tmp/fill')", absl::Seconds(60));
  }

  void CheckTimeout() {
    auto result = first_->Run("while True: pass", absl::Milliseconds(200));
    bool ok = result.outcome.status == Outcome::Status::kException && result.outcome.interrupted &&
              result.outcome.interrupt_reason == StopReason::kTimeout;
    collector_.Hold("G7", "execution timeout", ok, "an endless loop was interrupted after 200 ms");
  }

  void CheckNothingSurvives() {
    first_->Run(
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(3600)\n"
        "    os._exit(0)\n"
        "time.sleep(0.05)",
        absl::Seconds(60));
    std::vector<pid_t> tree = ListTree(first_->pid());
    int before = CountRunning(tree);
    first_->Kill();
    int after = CountRunning(tree);
    const char* mechanism =
        HasOwnNamespaces(options_.isolation_mode) ? "pid namespace" : "supervisor's sweep";
    collector_.Hold("G8", mechanism, before >= 3 && after == 0,
                    absl::StrCat("of ", before, " processes, one of them a daemon, ", after,
                                 " outlived the kill"));
  }

  void CheckTreeMemory() {
    auto result = second_->Run(
        "import os, time\n"
        "full, tell = os.pipe()\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        hog = bytearray(b'x') * (64 << 20)\n"
        "        os.write(tell, b'x')\n"
        "        time.sleep(3600)\n"
        "for _ in range(6):\n"
        "    os.read(full, 1)\n"
        // The children hold all the memory now; the watchdog has time to notice it.
        "time.sleep(30)",
        kGrowthPatience);
    bool ok = result.outcome.status == Outcome::Status::kDied &&
              result.outcome.death.killed_by_host &&
              result.outcome.death.reason == StopReason::kMemoryLimit;
    collector_.Hold("G7", options_.cgroups != nullptr ? "cgroup memory.max" : "tree watchdog", ok,
                    "six children of 64 MiB each were killed as one over 192 MiB");
  }

  absl::Status CheckCgroup() {
    if (options_.cgroups == nullptr) {
      collector_.Hold("G7", {"cgroup v2", false, "not available: " + options_.no_cgroups, false});
      return absl::OkStatus();
    }
    auto seen = WitnessCgroup(options_.cgroups, [this](const CgroupLimits& bounds) {
      first_.reset();
      return Open("self-test-1", options_.first_uid, bounds);
    });
    if (!seen.ok()) return seen.status();
    for (const Witness& witness : *seen) collector_.Hold(witness.guarantee, witness.holder);
    return absl::OkStatus();
  }

  EventLoop* const loop_;
  Zygote* const zygote_;
  const SelfTestOptions options_;
  Collector collector_;
  std::unique_ptr<SelfTestSession> first_, second_;
  std::shared_ptr<Workspace> workspace_;  // The workspace of the session that was opened last.
};

}  // namespace

absl::StatusOr<IsolationReport> RunSelfTest(EventLoop* loop, Zygote* zygote,
                                            const SelfTestOptions& options) {
  return SelfTest(loop, zygote, options).Run();
}

}  // namespace carrel
