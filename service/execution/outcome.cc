#include "service/execution/outcome.h"

#include <csignal>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/model/time_proto.h"
#include "service/model/utf8.h"

namespace carrel {
namespace {

using v1::Execution;

std::string SecondsOf(const google::protobuf::Duration& duration) {
  return absl::StrCat(absl::ToDoubleSeconds(FromProto(duration)), " s");
}

// Returns e.g. "after 2 s, the execution timeout", to follow "Interrupted ".
std::string WhyStopped(StopReason reason, const Execution& execution) {
  switch (reason) {
    case StopReason::kTimeout:
      return absl::StrCat(" after ", SecondsOf(execution.timeout()), ", the execution timeout");
    case StopReason::kCancelled:
      return " because a caller cancelled it";
    case StopReason::kMemoryLimit:
      return " because the session exceeded its memory limit";
    case StopReason::kMemoryShortage:
      return " because all sessions together used more memory than there is";
    case StopReason::kCpuTimeLimit:
      return " because the cell exceeded its CPU time";
    case StopReason::kWorkspaceLimit:
      return " because the session's files exceeded the workspace limit";
    case StopReason::kFileCountLimit:
      return " because the session has more files than allowed";
    case StopReason::kTemporaryLimit:
      return " because /tmp and /dev/shm exceeded their limit";
    case StopReason::kProtocolViolation:
      return " because the interpreter broke the protocol with its host";
    case StopReason::kSessionDeleted:
      return " because the session was deleted";
  }
  return "";
}

// Returns e.g. ": the session may use no more memory", to follow "Ended by …".
std::string WhatWasReached(ReachedLimit reached) {
  switch (reached) {
    case ReachedLimit::kNone:
      return "";
    case ReachedLimit::kMemory:
      return ": the session may have no more memory";
    case ReachedLimit::kProcesses:
      return ": the session may have no more processes and threads";
    case ReachedLimit::kOpenFiles:
      return ": a process of the session may have no more open files";
    case ReachedLimit::kTemporary:
      return ": /tmp or /dev/shm is full";
    case ReachedLimit::kWorkspace:
      return ": a file may not be larger than all files of the session";
  }
  return "";
}

Execution::Cause CauseOf(ReachedLimit reached) {
  switch (reached) {
    case ReachedLimit::kNone:
      return Execution::EXCEPTION;
    case ReachedLimit::kMemory:
      return Execution::MEMORY_LIMIT;
    case ReachedLimit::kProcesses:
      return Execution::PROCESS_LIMIT;
    case ReachedLimit::kOpenFiles:
      return Execution::OPEN_FILE_LIMIT;
    case ReachedLimit::kTemporary:
      return Execution::TEMPORARY_LIMIT;
    case ReachedLimit::kWorkspace:
      return Execution::WORKSPACE_LIMIT;
  }
  return Execution::EXCEPTION;
}

Execution::State StateOf(StopReason reason) {
  return reason == StopReason::kCancelled || reason == StopReason::kSessionDeleted
             ? Execution::CANCELLED
             : Execution::FAILED;
}

void SetInterrupted(const Outcome& outcome, Execution* execution) {
  execution->set_state(StateOf(outcome.interrupt_reason));
  execution->set_cause(CauseOf(outcome.interrupt_reason));
  execution->set_ending(Execution::INTERRUPTED);
  execution->set_message(absl::StrCat(
      "Interrupted", WhyStopped(outcome.interrupt_reason, *execution), "; variables survived."));
}

void SetDied(const Death& death, Execution* execution) {
  execution->set_cause(CauseOf(death));
  if (death.killed_by_host) {
    execution->set_state(StateOf(death.reason));
    execution->set_ending(Execution::KILLED);
    execution->set_message(
        absl::StrCat("Killed", WhyStopped(death.reason, *execution), "; variables were lost."));
    return;
  }
  execution->set_state(Execution::FAILED);
  execution->set_ending(Execution::DIED);
  execution->set_exit_code(death.exit_code);
  execution->set_signal(death.signal);
  std::string message = SanitizeUtf8(death.message, 1024);
  if (message.empty()) message = "The interpreter's process ended.";
  execution->set_message(absl::StrCat(message, " Variables were lost."));
}

void SetReturned(const Outcome& outcome, Execution* execution) {
  execution->set_ending(Execution::RETURNED);
  execution->set_state(Execution::FAILED);
  const std::string type = execution->error().type();
  switch (outcome.status) {
    case Outcome::Status::kOk:
      execution->set_state(Execution::SUCCEEDED);
      execution->set_cause(Execution::COMPLETED);
      execution->set_message("Completed.");
      return;
    case Outcome::Status::kException:
      execution->set_cause(CauseOf(outcome.reached));
      execution->set_message(absl::StrCat("Ended by ", type.empty() ? "an exception" : type,
                                          WhatWasReached(outcome.reached),
                                          "; variables survived."));
      return;
    case Outcome::Status::kSyntaxError:
      execution->set_cause(Execution::SYNTAX_ERROR);
      execution->set_message("The code does not parse; nothing was run.");
      return;
    case Outcome::Status::kSystemExit:
      if (outcome.exit_code == 0) execution->set_state(Execution::SUCCEEDED);
      execution->set_cause(Execution::SYSTEM_EXIT);
      execution->set_exit_code(outcome.exit_code);
      execution->set_message(
          absl::StrCat("Ended by sys.exit(", outcome.exit_code, "); variables survived."));
      return;
    case Outcome::Status::kDied:
      return;  // Handled by the caller.
  }
}

}  // namespace

Execution::Cause CauseOf(StopReason reason) {
  switch (reason) {
    case StopReason::kTimeout:
      return Execution::TIMEOUT;
    case StopReason::kCancelled:
      return Execution::CANCELLED_BY_CALLER;
    case StopReason::kMemoryLimit:
      return Execution::MEMORY_LIMIT;
    case StopReason::kMemoryShortage:
      return Execution::MEMORY_SHORTAGE;
    case StopReason::kCpuTimeLimit:
      return Execution::CPU_TIME_LIMIT;
    case StopReason::kWorkspaceLimit:
      return Execution::WORKSPACE_LIMIT;
    case StopReason::kFileCountLimit:
      return Execution::FILE_COUNT_LIMIT;
    case StopReason::kTemporaryLimit:
      return Execution::TEMPORARY_LIMIT;
    case StopReason::kProtocolViolation:
      return Execution::PROTOCOL_VIOLATION;
    case StopReason::kSessionDeleted:
      return Execution::SESSION_DELETED;
  }
  return Execution::SERVER_ERROR;
}

Execution::Cause CauseOf(const Death& death) {
  if (death.killed_by_host) return CauseOf(death.reason);
  if (death.reached != ReachedLimit::kNone) return CauseOf(death.reached);
  if (death.signal == SIGSYS) return Execution::FORBIDDEN_SYSCALL;
  if (death.signal != 0 || death.unexplained) return Execution::CRASH;
  return Execution::PROCESS_EXIT;
}

void SetEnding(const Outcome& outcome, Execution* execution) {
  execution->set_variables_survived(outcome.status != Outcome::Status::kDied);
  if (outcome.status == Outcome::Status::kDied) {
    SetDied(outcome.death, execution);
  } else if (outcome.interrupted) {
    SetInterrupted(outcome, execution);
  } else {
    SetReturned(outcome, execution);
  }
}

void SetNotStarted(Execution::Cause cause, const std::string& message, Execution* execution) {
  execution->set_cause(cause);
  execution->set_state(cause == Execution::CANCELLED_BY_CALLER ||
                               cause == Execution::SESSION_DELETED
                           ? Execution::CANCELLED
                           : Execution::FAILED);
  execution->set_ending(Execution::NOT_STARTED);
  execution->set_message(message);
}

}  // namespace carrel
