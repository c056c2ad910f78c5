#include "sandbox/host/cell_run.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

namespace carrel {
namespace {

// An unknown limit maps to kNone.
ReachedLimit ReachedLimitOf(internal::PythonError::Limit limit) {
  switch (limit) {
    case internal::PythonError::MEMORY:
      return ReachedLimit::kMemory;
    case internal::PythonError::TASKS:
      return ReachedLimit::kProcesses;
    case internal::PythonError::OPEN_FILES:
      return ReachedLimit::kOpenFiles;
    case internal::PythonError::TEMPORARY:
      return ReachedLimit::kTemporary;
    case internal::PythonError::WORKSPACE:
      return ReachedLimit::kWorkspace;
    default:
      return ReachedLimit::kNone;
  }
}

}  // namespace

void CellRun::Begin(EventLoop* loop) {
  start_ = absl::Now();
  awaited_.emplace(loop);
}

absl::Duration CellRun::Wall() const {
  return begun() ? absl::Now() - start_ : absl::ZeroDuration();
}

bool CellRun::NoteInterrupt(StopReason reason) {
  if (interrupt_reason_.has_value()) return false;
  interrupt_reason_ = reason;
  return true;
}

void CellRun::NoteUsage(absl::Duration cpu, int64_t peak_memory_bytes) {
  cpu_ = std::max(cpu_, cpu);
  peak_memory_bytes_ = std::max(peak_memory_bytes_, peak_memory_bytes);
}

void CellRun::NoteException(const internal::PythonError& error) {
  if (std::exchange(has_exception_, true)) return;
  reached_ = ReachedLimitOf(error.limit());
  sink_->OnException({error.type(), error.message(), error.traceback()});
}

Outcome CellRun::OutcomeOf(const internal::CellDone& done) const {
  Outcome outcome;
  switch (done.status()) {
    case internal::CellDone::OK:
      outcome.status = Outcome::Status::kOk;
      break;
    case internal::CellDone::SYNTAX_ERROR:
      outcome.status = Outcome::Status::kSyntaxError;
      break;
    case internal::CellDone::SYSTEM_EXIT:
      outcome.status = Outcome::Status::kSystemExit;
      outcome.exit_code = done.exit_code();
      break;
    default:
      outcome.status = Outcome::Status::kException;
      outcome.reached = reached_;
  }
  return outcome;
}

void CellRun::Finish(Outcome outcome) {
  outcome.interrupted = interrupt_reason_.has_value();
  if (outcome.interrupted) outcome.interrupt_reason = *interrupt_reason_;
  outcome.usage.wall = Wall();
  outcome.usage.cpu = cpu_;
  outcome.usage.peak_memory_bytes = peak_memory_bytes_;
  awaited_.reset();
  done_(std::move(outcome));
}

}  // namespace carrel
