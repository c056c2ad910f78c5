// START HERE. An interpreter is one live, confined Python process, in a sandbox of its own with the
// processes that it has started. This header and the three that it includes are all that the rest
// of Carrel needs to know about running untrusted code:
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
#ifndef CARREL_SANDBOX_INTERPRETER_H_
#define CARREL_SANDBOX_INTERPRETER_H_

#include "absl/functional/any_invocable.h"
#include "sandbox/cell.h"
#include "sandbox/limits.h"
#include "sandbox/outcome.h"

namespace carrel {

// One live interpreter, made by Zygote::Spawn. Its destructor kills it without waiting; use Kill to
// learn when no process is left.
class Interpreter {
 public:
  virtual ~Interpreter() = default;

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

#endif  // CARREL_SANDBOX_INTERPRETER_H_
