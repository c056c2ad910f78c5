// The CPU time and memory that a cell uses, measured cheaply enough for cells of microseconds.
#ifndef CARREL_SANDBOX_PROCESSES_CELL_METER_H_
#define CARREL_SANDBOX_PROCESSES_CELL_METER_H_

#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "sandbox/processes/sampling_threads.h"
#include "sandbox/processes/session_cpu.h"

namespace carrel {

// Measures one interpreter and the other processes of its session. The interpreter's own CPU time
// is read from its clock, at both ends of a cell. Other processes are sampled only at the end of
// cells that took long enough for the kernel's account of reaped children, which counts ticks, to
// show anything, and that were long or computed enough to have started a process; and also at the
// start, once there were any. Nothing here waits for a lock that the guest can hold.
class CellMeter {
 public:
  // `supervisor` is the session's first process. Nothing is read before Find. `samplers` and
  // `session_cpu` must outlive this object.
  CellMeter(pid_t supervisor, SamplingThreads* samplers, SessionCpu* session_cpu)
      : supervisor_(supervisor), samplers_(samplers), session_cpu_(session_cpu) {}

  // Finds the interpreter, once it has been started.
  void Find();
  // The interpreter's pid in the host's pid namespace; 0 if it was not found.
  pid_t interpreter() const { return interpreter_; }

  // Start is called when a cell begins, and Stop when it has ended after `wall`.
  void Start();
  struct Reading {
    absl::Duration cpu;  // CPU time of all processes since Start.
    // The interpreter's peak resident memory since Start; within 256 KiB, and without growth in its
    // last 2 ms of CPU time. If the kernel has not reset an earlier peak yet, because the guest
    // holds the lock for that, this is the larger of the two.
    int64_t peak_memory_bytes = 0;
  };
  Reading Stop(absl::Duration wall);
  // Called when the caller has its result: the cell may have left processes that NoteTree has not
  // seen.
  void Rest();

  // The part of the session's CPU time that was used since Start.
  absl::Duration SinceStart(absl::Duration total) const { return total - own_ - others_; }

  // Called when the whole tree was sampled between cells; `own_cpu` was OwnCpu before that.
  void NoteTree(const std::vector<pid_t>& tree, absl::Duration tree_cpu, absl::Duration own_cpu);
  // CPU time of the interpreter in its life.
  absl::Duration OwnCpu() const;
  // Returns true if nothing has run since NoteTree, and the interpreter was alone then: the session
  // cannot have grown.
  bool Asleep() const;

 private:
  // Makes another thread reset the interpreter's peak memory.
  void ForgetPeak();

  const pid_t supervisor_;
  SamplingThreads* const samplers_;
  SessionCpu* const session_cpu_;
  pid_t interpreter_ = 0;
  clockid_t clock_ = 0;
  absl::Duration own_;     // CPU time of the interpreter at Start.
  absl::Duration others_;  // CPU time of all others and of reaped children at Start.
  bool has_others_ = false;
  // The state of a reset, shared with the thread that performs it.
  struct Forgetting {
    std::atomic<bool> pending{false};
    std::atomic<int64_t> forgotten_bytes{0};  // The peak just before the reset.
  };
  const std::shared_ptr<Forgetting> forgetting_ = std::make_shared<Forgetting>();
  int64_t peak_bytes_ = 0;                               // The peak when the reset was requested.
  bool began_before_forgetting_ = false;                 // Was a reset pending at Start?
  absl::Duration own_noted_ = absl::InfiniteDuration();  // The interpreter's CPU time at NoteTree.
  // The interpreter's CPU time and memory when its memory was last sampled.
  absl::Duration own_read_ = -absl::InfiniteDuration();
  int64_t memory_bytes_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_CELL_METER_H_
