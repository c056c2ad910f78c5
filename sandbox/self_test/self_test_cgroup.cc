#include "sandbox/self_test/self_test_cgroup.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
// The supervisor and the interpreter are two of them; RLIMIT_NPROC allows 16.
constexpr int kProcessCount = 8;

// Returns limits with half a CPU in slices so short that busy code is throttled, however busy the
// machine is.
CgroupLimits NarrowBounds() {
  CgroupLimits bounds;
  bounds.memory_bytes = int64_t{512} << 20;
  bounds.process_count = kProcessCount;
  bounds.cpu_quota_us = 1000;
  bounds.cpu_period_us = 2000;
  return bounds;
}

HolderReport WitnessProcesses(Cgroups* cgroups, SelfTestSession* session) {
  auto result = session->Run(
      "import os, signal\n"
      "pids = []\n"
      "try:\n"
      "    while len(pids) < 12:\n"
      "        pid = os.fork()\n"
      "        if pid == 0:\n"
      "            signal.pause()\n"
      "        pids.append(pid)\n"
      "except BlockingIOError:\n"
      "    print('refused', len(pids))\n"
      "for pid in pids:\n"
      "    os.kill(pid, 9)\n"
      "    os.waitpid(pid, 0)",
      kPatience);
  const int64_t refused = cgroups->NumberOfSession(session->pid(), "pids.events", "max");
  return {"cgroup pids.max",
          result.output == absl::StrCat("refused ", kProcessCount - 2, "\n") && refused > 0,
          absl::StrCat("process ", kProcessCount + 1, " refused by the cgroup")};
}

HolderReport WitnessCpu(Cgroups* cgroups, SelfTestSession* session) {
  auto result = session->Run(
      "import time\n"
      "start = time.process_time()\n"
      "while time.process_time() - start < 0.05:\n"
      "    pass\n"
      "print('done')",
      kPatience);
  const int64_t stopped = cgroups->NumberOfSession(session->pid(), "cpu.stat", "nr_throttled");
  return {"cgroup cpu.max", result.output == "done\n" && stopped > 0,
          absl::StrCat("50 ms of work at half a CPU were stopped ", stopped, " times")};
}

HolderReport WitnessKill(Cgroups* cgroups, SelfTestSession* session) {
  session->Run(
      "import os, time\n"
      "if os.fork() == 0:\n"
      "    os.setsid()\n"
      "    if os.fork() == 0:\n"
      "        time.sleep(3600)\n"
      "    os._exit(0)\n"
      "os.wait()",
      kPatience);
  const std::vector<pid_t> tree = ListTree(session->pid());
  const int before = CountRunning(tree);
  const absl::Status killed = cgroups->KillSessionOf(session->pid());
  const absl::Time end = absl::Now() + kPatience;
  while (killed.ok() && CountRunning(tree) > 0 && absl::Now() < end)
    absl::SleepFor(absl::Milliseconds(2));
  const int after = CountRunning(tree);
  return {"cgroup.kill", before >= 3 && after == 0,
          absl::StrCat("of ", before, " processes, one of them a daemon, ", after, " outlived it")};
}

}  // namespace

absl::StatusOr<std::vector<Witness>> WitnessCgroup(Cgroups* cgroups, const OpenBounded& open) {
  auto session = open(NarrowBounds());
  if (!session.ok()) return session.status();
  std::vector<Witness> seen;
  seen.push_back({"G7", WitnessProcesses(cgroups, session->get())});
  seen.push_back({"G7", WitnessCpu(cgroups, session->get())});
  seen.push_back({"G8", WitnessKill(cgroups, session->get())});
  return seen;
}

}  // namespace carrel
