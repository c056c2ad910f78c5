// The position of this process in the machine's hierarchy of cgroups (version 2), and the limits
// that apply there.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace carrel {

// A cgroup, as this process's mount and cgroup namespaces show it.
struct CgroupPlace {
  std::string mount;      // The mount point of the cgroup v2 file system.
  std::string directory;  // The process's cgroup: the mount point or a directory below it.
  bool read_only = false;
};

// Parses the texts of /proc/self/cgroup and /proc/self/mountinfo. Returns FAILED_PRECONDITION with
// a sentence for people if the process has no visible cgroup of version 2.
absl::StatusOr<CgroupPlace> FindCgroupPlace(absl::string_view cgroup, absl::string_view mountinfo);

// Returns the tightest limit: the minimum of `machine` and the numbers in the files of that name,
// e.g. "memory.max", in the cgroups from the process's own up to the mount point.
int64_t LeastOf(const CgroupPlace& place, absl::string_view file, int64_t machine);
// Returns the least quota of cpu.max likewise, as a number of CPUs; 0 if no cgroup has one.
double LeastCpuQuota(const CgroupPlace& place);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_PLACE_H_
