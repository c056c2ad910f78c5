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
// The host half is in this folder (README.md: its rooms); all that runs after the fork is in
// child/.
// What comes back from the interpreter is hostile bytes. It says what was
// printed; how the process ended is learned from the supervisor and the pidfd.
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

// Bounds that an interpreter and all its processes live in. Every field is
// positive.
struct SandboxLimits {
  int64_t memory_bytes = 0;          // Private memory of the process tree.
  int32_t process_count = 0;         // Processes and threads together.
  int32_t cpu_count = 1;             // To run on; also threads of BLAS and OpenMP.
  int64_t workspace_bytes = 0;       // All files together, as st_blocks count.
  int64_t workspace_file_count = 0;  // Files and directories.
  int64_t temporary_bytes = 0;       // /tmp and /dev/shm together.
  int32_t open_file_count = 0;       // Of one process.

  bool operator==(const SandboxLimits&) const = default;
};

enum class OutputStream { kStdout, kStderr };

// One representation of a display.
struct MimeData {
  std::string mime_type;
  std::string data;        // Any bytes, not validated. Empty if dropped.
  int64_t size_bytes = 0;  // The size it had.
  bool dropped = false;    // It exceeded what was left of Cell::display_bytes.
};

// A MIME bundle. All strings are guest bytes: bounded, but not validated.
struct DisplayBundle {
  std::vector<MimeData> data;
  bool is_result = false;  // The value of the last expression.
  bool update = false;
  std::string display_id;
  std::string metadata_json;
  // Not even what it is called fits what was left of Cell::display_bytes: all of it is dropped.
  bool dropped = false;
};

// A Python exception, as the guest tells it: bounded, but not validated.
struct PythonException {
  std::string type;
  std::string message;
  std::string traceback;
};

// A bound of the session that an exception tells of: the code was refused more.
enum class ReachedLimit { kNone, kMemory, kProcesses, kOpenFiles, kTemporary, kWorkspace };

// What threads made while no cell was running, and nobody kept.
struct LateLoss {
  int64_t output_bytes = 0;
  int64_t displays = 0;
};

// What a running cell tells. The pieces come in the order in which the guest
// made them.
class CellSink {
 public:
  virtual ~CellSink() = default;
  // The code was handed to the interpreter.
  virtual void OnStarted() = 0;
  // It was not over within a moment, so who waits for it may want to know that it runs.
  virtual void OnLasting() = 0;
  // Unbounded in total: the sink must bound what it keeps.
  virtual void OnOutput(OutputStream stream, std::string bytes) = 0;
  // Returns how many bytes of displays the sink keeps now, this one among them: only they count
  // against Cell::display_bytes.
  virtual int64_t OnDisplay(DisplayBundle bundle) = 0;
  // All output before is to be gone; if it is to wait, once the next output comes that is no
  // update of a display. Returns as OnDisplay, without displays that wait to be gone.
  virtual int64_t OnClear(bool wait) = 0;
  // So much output between the cell before and this one did not fit.
  virtual void OnLateLoss(const LateLoss& loss) = 0;
  virtual void OnException(PythonException exception) = 0;
  // The sandbox refused one of its system calls, by name, e.g. "socket". Not all of
  // many are told.
  virtual void OnRefusedCall(const std::string& name) = 0;
};

// A cell to run.
struct Cell {
  absl::string_view code;  // UTF-8. Must live until the cell's `done`.
  absl::Duration timeout;  // Wall time before it is interrupted.
  // CPU time of the tree before it is; sampled.
  absl::Duration cpu_time = absl::InfiniteDuration();
  int64_t display_bytes = 0;  // For all displays together that its sink keeps.
};

// Why the host ends a cell or an interpreter.
enum class StopReason {
  kTimeout,
  kCancelled,
  kMemoryLimit,
  kMemoryShortage,  // Of all sessions together: this one was the largest.
  kCpuTimeLimit,
  kWorkspaceLimit,  // Bytes.
  kFileCountLimit,
  kTemporaryLimit,
  kProtocolViolation,
  kSessionDeleted,
};

// How an interpreter's process ended, seen from the host side alone.
struct Death {
  // True if the host killed it, for `reason`.
  bool killed_by_host = false;
  StopReason reason = StopReason::kCancelled;
  // Else exactly one of: it exited with `exit_code`; `signal` killed it; or (both
  // 0 and `unexplained`) it vanished without a word, e.g. by the kernel's OOM killer.
  int exit_code = 0;
  int signal = 0;
  bool unexplained = false;
  // With SIGABRT: kMemory if it was for want of memory. The guest says so.
  ReachedLimit reached = ReachedLimit::kNone;
  // One sentence for people, e.g. "The interpreter was killed by SIGSEGV."
  std::string message;
};

// What a cell cost, measured by the host.
struct CellUsage {
  absl::Duration wall;
  absl::Duration cpu;  // Of the process tree.
  // VmHWM of the interpreter process. If the kernel has killed all of the session's processes
  // for their memory, what they had together.
  int64_t peak_memory_bytes = 0;
};

// How a cell ended.
struct Outcome {
  enum class Status {
    kOk,           // Returned to the kernel without an error.
    kException,    // With an exception, already given to the sink.
    kSyntaxError,  // Did not parse; also given to the sink.
    kSystemExit,   // By sys.exit(exit_code); the interpreter lives.
    kDied,         // The interpreter is gone: see `death`.
  };
  Status status = Status::kOk;
  int exit_code = 0;  // With kSystemExit.
  // With kException; the guest says so.
  ReachedLimit reached = ReachedLimit::kNone;
  // True if the host had interrupted the cell, for `interrupt_reason`, before it
  // ended. With a status other than kDied the variables survived.
  bool interrupted = false;
  StopReason interrupt_reason = StopReason::kTimeout;
  Death death;  // With kDied.
  CellUsage usage;
};

// One live interpreter, made by Zygote::Spawn. Destroying it kills it without
// waiting; use Kill to learn when nothing is left.
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
  // Only the first reason counts. No effect if no cell is running.
  virtual void Interrupt(StopReason reason) = 0;

  // Kills every process of the session. Death is reported as usual, once the
  // kernel has removed them all. Harmless if already dead.
  virtual void Kill(StopReason reason) = 0;

  // False from the moment its end is certain.
  virtual bool alive() const = 0;

  // alive(), and none of its processes has hung up: asks the kernel, which knows of an end before
  // this loop has had its turn to learn of it.
  virtual bool IsConnected() = 0;

  // The pid of the session's first process, in the host's namespace.
  virtual int pid() const = 0;

  // Called once when the interpreter is gone, unless that ended a running cell.
  virtual void set_on_death(absl::AnyInvocable<void(const Death&)> callback) = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SANDBOX_H_
