// The cause of an interpreter's end, concluded from what the host has observed.
#ifndef CARREL_SANDBOX_HOST_DEATH_H_
#define CARREL_SANDBOX_HOST_DEATH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/outcome.h"

namespace carrel {

// The host's observations; they are complete once no process is left.
struct EndObservations {
  absl::optional<int> wait_status;             // The interpreter's, if its supervisor reported it.
  absl::optional<StopReason> killed_for;       // Set if the host killed it before it had ended.
  absl::optional<StopReason> interrupted_for;  // Set if the running cell was interrupted.
  absl::optional<CgroupEnding> cgroup;         // Set if the session had a cgroup.
  bool writer_had_no_memory = false;           // The guest's claim: see OutputRingReader.
};

// Returns true if the kernel's OOM killer took all of the session's processes.
bool DiedOfMemory(const EndObservations& seen);

Death DescribeDeath(const EndObservations& seen);

// Returns the error of an interpreter that ended before it was ready: UNAVAILABLE if a retry may
// succeed. `failed_step` is the step of confinement that failed, empty if none did.
absl::Status DescribeFailedStart(const Death& death, const std::string& failed_step);

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_DEATH_H_
