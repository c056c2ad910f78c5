// The ways in which cells and interpreters end.
#ifndef CARREL_SANDBOX_OUTCOME_H_
#define CARREL_SANDBOX_OUTCOME_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace carrel {

// The session limit that an exception reports: the code was refused more of that resource.
enum class ReachedLimit { kNone, kMemory, kProcesses, kOpenFiles, kTemporary, kWorkspace };

// The reason for which the host ends a cell or an interpreter.
enum class StopReason {
  kTimeout,
  kCancelled,
  kMemoryLimit,
  kMemoryShortage,  // The limit of all sessions together; this one was the largest.
  kCpuTimeLimit,
  kWorkspaceLimit,  // The workspace holds too many bytes.
  kFileCountLimit,
  kTemporaryLimit,
  kProtocolViolation,
  kSessionDeleted,
};

// A record of how an interpreter's process ended, as the host alone observed it.
struct Death {
  // True if the host killed it, for `reason`.
  bool killed_by_host = false;
  StopReason reason = StopReason::kCancelled;
  // If killed_by_host is false, exactly one of these holds: the process exited with `exit_code`;
  // `signal` killed it; or (both 0 and `unexplained`) it vanished without a report, e.g. by the
  // kernel's OOM killer.
  int exit_code = 0;
  int signal = 0;
  bool unexplained = false;
  // The limit behind a SIGABRT: kMemory if memory was refused, as the guest claims.
  ReachedLimit reached = ReachedLimit::kNone;
  // A sentence for people, e.g. "The interpreter was killed by SIGSEGV."
  std::string message;
};

// Resource usage of a cell, measured by the host.
struct CellUsage {
  absl::Duration wall;
  absl::Duration cpu;  // CPU time of the process tree.
  // VmHWM of the interpreter process. If the kernel's OOM killer has killed all processes of the
  // session, their peak memory together.
  int64_t peak_memory_bytes = 0;
};

// The result of a cell.
struct Outcome {
  enum class Status {
    kOk,           // The code returned to the kernel without an error.
    kException,    // The code raised an exception; the sink has it already.
    kSyntaxError,  // The code did not parse; the sink has the error already.
    kSystemExit,   // The code called sys.exit(exit_code); the interpreter lives.
    kDied,         // The interpreter is gone: see `death`.
  };
  Status status = Status::kOk;
  int exit_code = 0;  // Set with kSystemExit.
  // Set with kException; the guest claims it.
  ReachedLimit reached = ReachedLimit::kNone;
  // True if the host had interrupted the cell, for `interrupt_reason`, before it
  // ended. With a status other than kDied the variables survived.
  bool interrupted = false;
  StopReason interrupt_reason = StopReason::kTimeout;
  Death death;  // Set with kDied.
  CellUsage usage;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_OUTCOME_H_
