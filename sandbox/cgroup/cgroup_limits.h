// The values written into cgroup v2 files: a session's limits, and what the control plane reserves
// for itself.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_LIMITS_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_LIMITS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/cgroup/cgroup_place.h"
#include "sandbox/limits.h"

namespace carrel {

// The limits of one session's cgroup.
struct CgroupLimits {
  int64_t memory_bytes = 0;   // All charged memory: pages, also of tmpfs; kernel memory.
  int64_t process_count = 0;  // Processes and threads, including the supervisor.
  int64_t cpu_quota_us = 0;   // CPU time per period; 0: no quota.
  int64_t cpu_period_us = 100'000;
};

// `cpus` is the number of CPUs that the session could use at most.
CgroupLimits LimitsOf(const SandboxLimits& limits, int cpus);

// Names of cgroup files and the values to write into them.
using CgroupSettings = std::vector<std::pair<std::string, std::string>>;

CgroupSettings SettingsOf(const CgroupLimits& bounds);

// The size of the machine, or of the share of it that its container has.
struct MachineSize {
  int64_t memory_bytes = 0;
  int64_t process_count = 0;
  double cpu_quota = 0;  // The quota as a number of CPUs; 0: none.
};
MachineSize MeasureMachine(const CgroupPlace& place);

// Limits of the cgroup that holds all sessions: everything that the control plane does not reserve.
CgroupSettings SettingsOfAllSessions(const MachineSize& machine);
// Settings of the control plane's own cgroup.
CgroupSettings SettingsOfControl();

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_LIMITS_H_
