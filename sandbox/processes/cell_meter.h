// What a cell costs in CPU time and memory, cheaply enough for cells of microseconds.
#ifndef CARREL_SANDBOX_PROCESSES_CELL_METER_H_
#define CARREL_SANDBOX_PROCESSES_CELL_METER_H_

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace carrel {

// Of one interpreter and the other processes of its session. The interpreter's own CPU
// time is read from its clock, at both ends of a cell. Other processes are looked for only
// at the end of cells that took long enough for the kernel's account of waited-for
// children, which counts ticks, to tell anything, and in which it did enough to start one; and
// also at the start, once there were any.
class CellMeter {
 public:
  // `supervisor` is the session's first process. Nothing is read before Find.
  explicit CellMeter(pid_t supervisor) : supervisor_(supervisor) {}

  // Finds the interpreter, once it is there.
  void Find();
  // In the host's pid namespace; 0 if it was not found.
  pid_t interpreter() const { return interpreter_; }

  // A cell begins; and it has ended after `wall`.
  void Start();
  struct Reading {
    absl::Duration cpu;  // Since Start, of all processes.
    // Of the interpreter, since Start; within 256 KiB, and without what it has done in the last
    // half of a millisecond of CPU time.
    int64_t peak_memory_bytes = 0;
  };
  Reading Stop(absl::Duration wall);
  // The caller has its result: who knows what the cell has left.
  void Rest();

  // The part of the tree's CPU time, as CpuTime tells it, that was used since Start.
  absl::Duration SinceStart(absl::Duration tree_cpu) const { return tree_cpu - own_ - others_; }

  // Somebody has looked at the whole tree, between cells; `own_cpu` was OwnCpu before.
  void NoteTree(const std::vector<pid_t>& tree, absl::Duration tree_cpu, absl::Duration own_cpu);
  // Of the interpreter, in its life.
  absl::Duration OwnCpu() const;
  // True if nothing has run since NoteTree, and there was nobody but the interpreter: then
  // the session cannot have grown.
  bool Asleep() const;

 private:
  const pid_t supervisor_;
  pid_t interpreter_ = 0;
  clockid_t clock_ = 0;
  absl::Duration own_;     // At Start: CPU time of the interpreter,
  absl::Duration others_;  // and of all others and of children that were waited for.
  bool has_others_ = false;
  bool peak_is_past_ = false;  // The interpreter once had more than it has now.
  absl::Duration own_noted_ = absl::InfiniteDuration();  // At NoteTree.
  // When its memory was last looked at: its CPU time, and what it had.
  absl::Duration own_read_ = -absl::InfiniteDuration();
  int64_t memory_bytes_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_CELL_METER_H_
