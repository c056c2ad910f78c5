// One cell, from the request to run it to its outcome.
#ifndef CARREL_SANDBOX_HOST_CELL_RUN_H_
#define CARREL_SANDBOX_HOST_CELL_RUN_H_

#include <cstdint>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/cell.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/outcome.h"
#include "sandbox/processes/cell_meter.h"

namespace carrel {

// Holds what is known of a cell while it runs: whether it was interrupted, what it has used, what
// it claims. Lives on the loop.
class CellRun {
 public:
  using Done = absl::AnyInvocable<void(Outcome)>;

  // `sink`, and the code of `cell`, must live until `done`.
  CellRun(const Cell& cell, CellSink* sink, Done done)
      : cell_(cell), sink_(sink), done_(std::move(done)) {}

  const Cell& cell() const { return cell_; }
  CellSink* sink() const { return sink_; }

  // Called when the code is about to be sent to the interpreter.
  void Begin(EventLoop* loop);
  // False as long as the cell waits for an interrupt of the previous one.
  bool begun() const { return awaited_.has_value(); }
  // The answer that is awaited from the interpreter; the cell must have begun.
  const EventLoop::Awaited& awaited() const { return *awaited_; }
  // The time since Begin; zero before it.
  absl::Duration Wall() const;

  // Notes that the cell is being interrupted. Returns false if it had been already: only the first
  // reason counts.
  bool NoteInterrupt(StopReason reason);
  // Returns true once, for the second interrupt.
  bool NoteSecondInterrupt() { return !std::exchange(interrupted_twice_, true); }
  // The reason of the interrupt; nullopt if there was none.
  absl::optional<StopReason> interrupt_reason() const { return interrupt_reason_; }

  // Notes a measurement of what the cell has used since Begin. The largest counts.
  void NoteUsage(absl::Duration cpu, int64_t peak_memory_bytes);
  bool ExceedsCpuTime() const { return cpu_ > cell_.cpu_time; }

  // Passes an exception to the sink. A cell with %run or nested cells may report several; the first
  // one is the cell's.
  void NoteException(const internal::PythonError& error);

  // Returns the outcome of a cell that has ended as its interpreter reports it.
  Outcome OutcomeOf(const internal::CellDone& done) const;
  // Completes the outcome and passes it to `done`. Called once.
  void Finish(Outcome outcome);

 private:
  const Cell cell_;
  CellSink* const sink_;
  Done done_;
  absl::optional<EventLoop::Awaited> awaited_;
  absl::Time start_;
  absl::Duration cpu_;
  int64_t peak_memory_bytes_ = 0;
  absl::optional<StopReason> interrupt_reason_;
  bool interrupted_twice_ = false;
  bool has_exception_ = false;
  ReachedLimit reached_ = ReachedLimit::kNone;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_CELL_RUN_H_
