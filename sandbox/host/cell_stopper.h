// The way in which a cell is made to end: interrupts first, then a kill.
#ifndef CARREL_SANDBOX_HOST_CELL_STOPPER_H_
#define CARREL_SANDBOX_HOST_CELL_STOPPER_H_

#include <functional>

#include "absl/time/time.h"
#include "sandbox/host/cell_run.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"

namespace carrel {

// Interrupts a cell at its timeout or when it is asked to, once more at half of the grace period,
// and has the interpreter killed at its end: a first KeyboardInterrupt may have been swallowed by
// os.system() or an `except` that goes on. Lives on the loop.
class CellStopper {
 public:
  struct Actions {
    // Sends SIGINT; returns true if OnInterrupted will be called once it was sent.
    std::function<bool()> interrupt;
    std::function<void(StopReason)> kill;
  };

  CellStopper(EventLoop* loop, absl::Duration grace_period, Actions actions);

  // Starts the timeout of a cell that is not over yet; it may have to wait, see idle.
  void Start(CellRun* cell);
  // Ends it, since the cell is over.
  void Stop();
  // Interrupts the cell; without effect if there is none or it was interrupted already.
  void Interrupt(StopReason reason);

  // Notes that an interrupt was sent. Returns true if that was the last one that is under way.
  bool OnInterrupted();
  // False while an interrupt is under way, which must not reach the next cell.
  bool idle() const { return pending_interrupts_ == 0; }

 private:
  void SendInterrupt();
  void OnGrace();

  const absl::Duration grace_;
  const Actions actions_;
  CellRun* cell_ = nullptr;
  int pending_interrupts_ = 0;  // Interrupts that were requested and not acknowledged.
  LazyTimer timeout_, grace_end_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_CELL_STOPPER_H_
