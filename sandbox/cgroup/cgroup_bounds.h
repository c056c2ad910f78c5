// What is written into cgroups: how a session's limits become values of cgroup v2, and what
// the control plane keeps for itself.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_BOUNDS_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_BOUNDS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/cgroup/cgroup_place.h"
#include "sandbox/sandbox.h"

namespace carrel {

// The bounds of one session's cgroup.
struct CgroupBounds {
  int64_t memory_bytes = 0;   // Everything that is charged: pages, also of tmpfs; kernel memory.
  int64_t process_count = 0;  // Processes and threads, the supervisor too.
  int64_t cpu_quota_us = 0;   // In each period; 0: no quota.
  int64_t cpu_period_us = 100'000;
};

// `cpus`: how many the session could run on at most.
CgroupBounds BoundsOf(const SandboxLimits& limits, int cpus);

// File names and what is to be in them.
using CgroupSettings = std::vector<std::pair<std::string, std::string>>;

CgroupSettings SettingsOf(const CgroupBounds& bounds);

// What a machine has, or what its container leaves of it.
struct MachineSize {
  int64_t memory_bytes = 0;
  int64_t process_count = 0;
  double cpu_quota = 0;  // In CPUs; 0: none.
};
MachineSize MeasureMachine(const CgroupPlace& place);

// Of the cgroup that holds all sessions: what the control plane does not need.
CgroupSettings SettingsOfAllSessions(const MachineSize& machine);
// Of the cgroup of the control plane.
CgroupSettings SettingsOfControl();

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_BOUNDS_H_
