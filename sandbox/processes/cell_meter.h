// What a cell costs in CPU time and memory, cheaply enough for cells of microseconds.
#ifndef CARREL_SANDBOX_PROCESSES_CELL_METER_H_
#define CARREL_SANDBOX_PROCESSES_CELL_METER_H_

#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "sandbox/processes/guest_looks.h"
#include "sandbox/processes/session_cpu.h"

namespace carrel {

// Of one interpreter and the other processes of its session. The interpreter's own CPU
// time is read from its clock, at both ends of a cell. Other processes are looked for only
// at the end of cells that took long enough for the kernel's account of waited-for
// children, which counts ticks, to tell anything, and in which it did enough to start one; and
// also at the start, once there were any. Nothing here waits for a lock that the guest can hold.
class CellMeter {
 public:
  // `supervisor` is the session's first process. Nothing is read before Find. `looks` and
  // `session_cpu` must outlive it.
  CellMeter(pid_t supervisor, GuestLooks* looks, SessionCpu* session_cpu)
      : supervisor_(supervisor), looks_(looks), session_cpu_(session_cpu) {}

  // Finds the interpreter, once it is there.
  void Find();
  // In the host's pid namespace; 0 if it was not found.
  pid_t interpreter() const { return interpreter_; }

  // A cell begins; and it has ended after `wall`.
  void Start();
  struct Reading {
    absl::Duration cpu;  // Since Start, of all processes.
    // Of the interpreter, since Start; within 256 KiB, and without what it has done in the last
    // half of a millisecond of CPU time. If the kernel has not yet forgotten an earlier peak,
    // because the guest holds the lock for that, it is the larger of the two.
    int64_t peak_memory_bytes = 0;
  };
  Reading Stop(absl::Duration wall);
  // The caller has its result: who knows what the cell has left.
  void Rest();

  // The part of the session's CPU time that was used since Start.
  absl::Duration SinceStart(absl::Duration total) const { return total - own_ - others_; }

  // Somebody has looked at the whole tree, between cells; `own_cpu` was OwnCpu before.
  void NoteTree(const std::vector<pid_t>& tree, absl::Duration tree_cpu, absl::Duration own_cpu);
  // Of the interpreter, in its life.
  absl::Duration OwnCpu() const;
  // True if nothing has run since NoteTree, and there was nobody but the interpreter: then
  // the session cannot have grown.
  bool Asleep() const;

 private:
  // Has the kernel forget the interpreter's peak.
  void ForgetPeak();

  const pid_t supervisor_;
  GuestLooks* const looks_;
  SessionCpu* const session_cpu_;
  pid_t interpreter_ = 0;
  clockid_t clock_ = 0;
  absl::Duration own_;     // At Start: CPU time of the interpreter,
  absl::Duration others_;  // and of all others and of children that were waited for.
  bool has_others_ = false;
  // A look at the interpreter, which has the kernel forget its peak, tells of itself here.
  struct Forgetting {
    std::atomic<bool> pending{false};
    std::atomic<int64_t> forgotten_bytes{0};  // The peak just before it.
  };
  const std::shared_ptr<Forgetting> forgetting_ = std::make_shared<Forgetting>();
  int64_t peak_bytes_ = 0;                               // When that was asked for.
  bool began_before_forgetting_ = false;                 // The cell.
  absl::Duration own_noted_ = absl::InfiniteDuration();  // At NoteTree.
  // When its memory was last looked at: its CPU time, and what it had.
  absl::Duration own_read_ = -absl::InfiniteDuration();
  int64_t memory_bytes_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_CELL_METER_H_
