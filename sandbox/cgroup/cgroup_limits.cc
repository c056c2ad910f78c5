#include "sandbox/cgroup/cgroup_limits.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sandbox/posix/small_file.h"
#include "sandbox/processes/tree_memory.h"

namespace carrel {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
// The siblings of the control cgroup have the default weight of 100: a busy carreld gets ten times
// the CPU time of all sessions together, the same ratio that one of its threads has to one guest by
// their priorities.
constexpr char kControlWeight[] = "1000";
// The sessions' share of a quota that applies to carreld and its sessions together: weights do not
// divide a quota.
constexpr double kShareOfQuota = 0.9;
constexpr int64_t kPeriodUs = 100'000;

// Subtracts a reserve of an eighth: at least `least` but never more than half of `all`, at most
// `most`.
int64_t LeaveAside(int64_t all, int64_t least, int64_t most) {
  return all - std::min(std::clamp(all / 8, least, most), all / 2);
}

std::string CpuMax(int64_t quota_us, int64_t period_us) {
  return absl::StrCat(quota_us > 0 ? absl::StrCat(quota_us) : "max", " ", period_us);
}

int64_t NumberIn(const char* path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  int64_t number;
  return text.ok() && absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)
             ? number
             : std::numeric_limits<int64_t>::max();
}

}  // namespace

CgroupLimits LimitsOf(const SandboxLimits& limits, int cpus) {
  CgroupLimits bounds;
  bounds.memory_bytes = TreeMemoryLimit(limits);
  bounds.process_count = int64_t{limits.process_count} + 1;
  if (limits.cpu_count < cpus) bounds.cpu_quota_us = limits.cpu_count * bounds.cpu_period_us;
  return bounds;
}

CgroupSettings SettingsOf(const CgroupLimits& bounds) {
  return {
      {"memory.max", absl::StrCat(bounds.memory_bytes)},
      {"memory.swap.max", "0"},
      // Either all processes are killed or none: a session that loses one of its processes, without
      // knowing which one, hangs or gives wrong results. Every other limit that kills does the
      // same.
      {"memory.oom.group", "1"},
      {"pids.max", absl::StrCat(bounds.process_count)},
      {"cpu.max", CpuMax(bounds.cpu_quota_us, bounds.cpu_period_us)},
  };
}

MachineSize MeasureMachine(const CgroupPlace& place) {
  MachineSize machine;
  machine.memory_bytes =
      LeastOf(place, "memory.max", sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
  machine.process_count = LeastOf(
      place, "pids.max",
      std::min(NumberIn("/proc/sys/kernel/pid_max"), NumberIn("/proc/sys/kernel/threads-max")));
  machine.cpu_quota = LeastCpuQuota(place);
  return machine;
}

CgroupSettings SettingsOfAllSessions(const MachineSize& machine) {
  CgroupSettings settings = {
      {"memory.max", absl::StrCat(LeaveAside(machine.memory_bytes, 256 * kMiB, 2048 * kMiB))},
      {"pids.max", absl::StrCat(LeaveAside(machine.process_count, 64, 1024))},
  };
  if (machine.cpu_quota > 0)
    settings.emplace_back(
        "cpu.max", CpuMax(std::max<int64_t>(1000, static_cast<int64_t>(machine.cpu_quota *
                                                                       kShareOfQuota * kPeriodUs)),
                          kPeriodUs));
  return settings;
}

CgroupSettings SettingsOfControl() { return {{"cpu.weight", kControlWeight}}; }

}  // namespace carrel
