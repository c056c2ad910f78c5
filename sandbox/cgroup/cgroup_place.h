// Where in the machine's cgroups (version 2) this process is, and what is bounded there.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace carrel {

// As this process's mount and cgroup namespaces show it.
struct CgroupPlace {
  std::string mount;      // Where the file system of cgroup v2 is mounted.
  std::string directory;  // The process's cgroup: that folder, or one below it.
  bool read_only = false;
};

// From the texts of /proc/self/cgroup and /proc/self/mountinfo. FAILED_PRECONDITION with a
// sentence for people if there is no such place.
absl::StatusOr<CgroupPlace> FindCgroupPlace(absl::string_view cgroup, absl::string_view mountinfo);

// What the cgroups from the process's own up to the mount leave it of what the machine has:
// the least of `machine` and the numbers that the files of that name hold, e.g. "memory.max".
int64_t LeastOf(const CgroupPlace& place, absl::string_view file, int64_t machine);
// The same for their cpu.max: in CPUs; 0 if none of them has a quota.
double LeastCpuQuota(const CgroupPlace& place);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_
