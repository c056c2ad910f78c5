// The identity of a process, which no other one ever has: its pid and start time. Unlike a pidfd,
// it takes no descriptor while it is not used.
#ifndef CARREL_SANDBOX_PROCESSES_PROCESS_IDENTITY_H_
#define CARREL_SANDBOX_PROCESSES_PROCESS_IDENTITY_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// The kernel reuses a pid only after all others: never within 10 ms, the resolution of start times.
class ProcessIdentity {
 public:
  // Returns the identity of the process that has this pid and to which `pidfd` refers; nullopt if
  // it has ended.
  static absl::optional<ProcessIdentity> Of(pid_t pid, const UniqueFd& pidfd);

  // Opens a pidfd. Returns NotFound if the process is gone; another error does not imply that.
  absl::StatusOr<UniqueFd> Open() const;

 private:
  ProcessIdentity(pid_t pid, uint64_t start) : pid_(pid), start_(start) {}

  pid_t pid_;
  uint64_t start_;  // The start time in clock ticks, as in /proc/<pid>/stat.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_PROCESS_IDENTITY_H_
