// The life of a session as one explicit table: in each state, what each event changes and what has
// to be done about it. The table is data (kTable in session_state.cc) and decides alone; Session
// performs the actions.
#ifndef CARREL_SERVICE_SESSION_SESSION_STATE_H_
#define CARREL_SERVICE_SESSION_SESSION_STATE_H_

#include <cstdint>

namespace carrel {

// The current cell is the one whose turn it is; others wait in the queue. The queue is no part of
// the state: it outlives interpreters, and only kClose empties it. After a loss the next cell of
// the queue starts another interpreter (kCold, kCellDue).
enum class SessionState {
  kOpening,          // The first interpreter is being started; no caller knows the session yet.
  kIdle,             // An interpreter lives, and there is no current cell.
  kCold,             // There is no interpreter; the next cell starts one.
  kStarting,         // An interpreter is being started, and the cell that asked for it is gone.
  kStartingForCell,  // An interpreter is being started for the current cell.
  kAwaitingDeath,    // The interpreter ends; its end is reported before another one is started.
  kRunning,          // The current cell runs.
  kScanning,         // The current cell has ended, and the workspace is scanned for changes.
  kScanningCold,     // The same, and the interpreter has ended, too.

  // Each of the above while the session is being deleted. The interpreter has been killed.
  kClosingStarting,
  kClosingRunning,
  kClosingScanning,
  kClosingScanningCold,
  kClosingIdle,

  kDestroying,  // No process is left; the files are being deleted.
  kClosed,      // Nothing is left.
};
inline constexpr int kSessionStateCount = static_cast<int>(SessionState::kClosed) + 1;

enum class SessionEvent {
  kCellDue,            // A cell became the current one.
  kCellDueWhileDying,  // The same, and the end of the interpreter is certain but not reported.
  kCancelCell,         // A caller cancels the current cell.
  kCellDone,           // The current cell ended, and its interpreter lives.
  kCellDied,           // The current cell ended with its interpreter.
  kChangesKnown,       // The scan that the end of a cell started is complete.
  kInterpreterReady,   // An interpreter was started.
  kSpawnRefused,       // No interpreter could be started now; the attempt may be repeated.
  kSpawnFailed,        // No interpreter could be started.
  kRetryDue,           // It is time to repeat the attempt.
  kInterpreterDied,    // The interpreter ended while it ran no cell.
  kClose,              // The session is to be deleted.
  kFilesDestroyed,     // The files of the session are deleted, as far as that was possible.
};
inline constexpr int kSessionEventCount = static_cast<int>(SessionEvent::kFilesDestroyed) + 1;

// Actions are performed in this order, after the state has changed.
enum SessionAction : uint32_t {
  kRecordLoss = 1 << 0,        // Record that, and why, the interpreter and its variables are lost.
  kDropInterpreter = 1 << 1,   // Let go of an interpreter whose processes have ended.
  kKillInterpreter = 1 << 2,   // Kill all processes of the session.
  kInterruptCell = 1 << 3,     // Interrupt the cell for its caller; timeouts are the sandbox's.
  kAbandonCell = 1 << 4,       // End the current cell, which has not run, and finish it.
  kStartScan = 1 << 5,         // Find out what changed in the workspace; kChangesKnown follows.
  kFinishCell = 1 << 6,        // Make the current cell's execution part of the history.
  kSpawn = 1 << 7,             // Start an interpreter.
  kScheduleRetry = 1 << 8,     // Start one a little later; kRetryDue follows.
  kRunCell = 1 << 9,           // Have the interpreter run the current cell.
  kReportOpened = 1 << 10,     // Report to the maker of the session that it is ready.
  kReportNotOpened = 1 << 11,  // Report to the maker of the session why it is not.
  kDestroyFiles = 1 << 12,     // Delete history and files; kFilesDestroyed follows.
  kReportClosed = 1 << 13,     // Report to who closed the session that nothing is left.
  kTakeNextCell = 1 << 14,     // Make the first cell of the queue the current one, if there is any.
};

struct SessionTransition {
  SessionState next;
  uint32_t actions;  // Bits of SessionAction.
};

// Returns what `event` does in `state`; null if that cannot happen, so that its report is a fault.
const SessionTransition* FindTransition(SessionState state, SessionEvent event);

// Returns true if the session is being deleted, or is deleted.
constexpr bool IsClosing(SessionState state) { return state >= SessionState::kClosingStarting; }
// Returns true if the current cell has ended, and its changes are not known yet.
bool IsScanning(SessionState state);

// "kIdle", for logs and tests.
const char* NameOf(SessionState state);
const char* NameOf(SessionEvent event);

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_STATE_H_
