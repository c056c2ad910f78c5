// A process by what no other one ever has: its pid and when it started. Unlike a pidfd it takes
// no descriptor while nobody needs one.
#ifndef CARREL_SANDBOX_PROCESSES_PROCESS_NAME_H_
#define CARREL_SANDBOX_PROCESSES_PROCESS_NAME_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// The kernel gives a pid out again only after all others: never within the 10 ms by which it
// tells when a process has started.
class ProcessName {
 public:
  // Of the process that `pidfd` refers to, and which has that pid. Nullopt if it has ended.
  static absl::optional<ProcessName> Of(pid_t pid, const UniqueFd& pidfd);

  // A pidfd. NotFound if the process is gone; another error says nothing of it.
  absl::StatusOr<UniqueFd> Open() const;

 private:
  ProcessName(pid_t pid, uint64_t start) : pid_(pid), start_(start) {}

  pid_t pid_;
  uint64_t start_;  // In clock ticks, as /proc/<pid>/stat has it.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_PROCESS_NAME_H_
