// START HERE. A sandbox is one live, confined Python interpreter and the
// processes it has started. This header is all that the rest of Carrel needs to
// know about running untrusted code:
//
//   carreld (host, many threads, never forks after start-up)
//     |  launcher socket          |  control socket: SpawnRequest + descriptors
//     v                           v
//   launcher ── fork+exec ──> zygote (one per image, one thread, CPython)
//                                 |  fork into new namespaces
//     ┌ frames, stdout, stderr    v
//     |                       supervisor of the session           (trusted)
//     |                           |  fork, then confine
//     └<───────────────────── interpreter: runs cells            (hostile)
//
// The host half is in this directory (README.md describes its subdirectories); all code that runs
// after the fork is in child/. The interpreter sends hostile bytes. They carry what was printed;
// how the process ended is learned from the supervisor and the pidfd.
//
// Threading: everything here lives on one EventLoop thread. Call the methods,
// and expect the callbacks, on that thread only.
#ifndef CARREL_SANDBOX_SANDBOX_H_
#define CARREL_SANDBOX_SANDBOX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace carrel {

// Resource limits that an interpreter and all its processes share. Every field is positive.
struct SandboxLimits {
  int64_t memory_bytes = 0;          // Private memory of the process tree.
  int32_t process_count = 0;         // Processes and threads together.
  int32_t cpu_count = 1;             // CPUs to run on; also threads of BLAS and OpenMP.
  int64_t workspace_bytes = 0;       // All files together, as st_blocks count.
  int64_t workspace_file_count = 0;  // Files and directories.
  int64_t temporary_bytes = 0;       // /tmp and /dev/shm together.
  int32_t open_file_count = 0;       // Per process.

  bool operator==(const SandboxLimits&) const = default;
};

enum class OutputStream { kStdout, kStderr };

// One representation of a display.
struct MimeData {
  std::string mime_type;
  std::string data;        // Any bytes, not validated. Empty if dropped.
  int64_t size_bytes = 0;  // The size before it was dropped, if it was.
  bool dropped = false;    // True if it exceeded what was left of Cell::display_bytes.
};

// A MIME bundle. All strings are guest bytes: limited in size, but not validated.
struct DisplayBundle {
  std::vector<MimeData> data;
  bool is_result = false;  // True if it is the value of the last expression.
  bool update = false;
  std::string display_id;
  std::string metadata_json;
  // True if even the MIME types did not fit what was left of Cell::display_bytes: the whole bundle
  // is dropped.
  bool dropped = false;
};

// A Python exception, as the guest reports it: limited in size, but not validated.
struct PythonException {
  std::string type;
  std::string message;
  std::string traceback;
};

// The session limit that an exception reports: the code was refused more of that resource.
enum class ReachedLimit { kNone, kMemory, kProcesses, kOpenFiles, kTemporary, kWorkspace };

// Output and displays that threads made between two cells, and that were dropped.
struct LateLoss {
  int64_t output_bytes = 0;
  int64_t displays = 0;
};

// Receives the events of a running cell, in the order in which the guest made them.
class CellSink {
 public:
  virtual ~CellSink() = default;
  // The code was handed to the interpreter.
  virtual void OnStarted() = 0;
  // The cell was not over within a moment, so the caller may report that it runs.
  virtual void OnLasting() = 0;
  // Receives output. Its total is unlimited: the sink must limit what it keeps.
  virtual void OnOutput(OutputStream stream, std::string bytes) = 0;
  // Returns how many bytes of displays the sink keeps now, this one included: only they count
  // against Cell::display_bytes.
  virtual int64_t OnDisplay(DisplayBundle bundle) = 0;
  // Clears all earlier output: at once or, if `wait`, when the next output arrives that is not an
  // update of a display. Returns as OnDisplay does, without displays that are about to be cleared.
  virtual int64_t OnClear(bool wait) = 0;
  // Reports how much output between the previous cell and this one did not fit.
  virtual void OnLateLoss(const LateLoss& loss) = 0;
  virtual void OnException(PythonException exception) = 0;
  // The sandbox refused a system call of the cell; `name` is e.g. "socket". Only some of many
  // refusals are reported.
  virtual void OnRefusedCall(const std::string& name) = 0;
};

// A cell to run.
struct Cell {
  absl::string_view code;  // UTF-8. Must live until the cell's `done`.
  absl::Duration timeout;  // Wall time after which the cell is interrupted.
  // CPU time of the process tree after which the cell is interrupted. Usage is sampled.
  absl::Duration cpu_time = absl::InfiniteDuration();
  int64_t display_bytes = 0;  // The limit on all displays together that its sink keeps.
};

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

// One live interpreter, made by Zygote::Spawn. Its destructor kills it without waiting; use Kill to
// learn when no process is left.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  // Runs a cell. None may be running and alive() must hold. `sink` must live
  // until `done`, which is called exactly once, not from within Run. If the cell
  // ends with the interpreter, `done` is called when all of the session's processes
  // are gone, and the death callback is not.
  virtual void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done) = 0;

  // Interrupts the running cell (SIGINT, a KeyboardInterrupt in Python) and
  // kills the interpreter if the cell has not ended after the grace period.
  // Only the first reason counts. No effect if no cell is running. A timeout and a
  // limit of CPU time do the same from within.
  virtual void Interrupt(StopReason reason) = 0;

  // Kills every process of the session. Death is reported as usual, once the
  // kernel has removed them all. Harmless if already dead.
  virtual void Kill(StopReason reason) = 0;

  // Returns false from the moment its end is certain.
  virtual bool alive() const = 0;

  // Returns true if alive() and no process of the session has closed its socket. Asks the kernel,
  // which may know of an end before this loop has handled the event.
  virtual bool IsConnected() = 0;

  // The pid of the session's first process, in the host's pid namespace.
  virtual int pid() const = 0;

  // Sets a callback that is called once when the interpreter is gone, unless that ended a running
  // cell.
  virtual void set_on_death(absl::AnyInvocable<void(const Death&)> callback) = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SANDBOX_H_
