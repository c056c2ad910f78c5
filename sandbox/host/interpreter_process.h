// The implementation of Interpreter: joins the sandbox, the output and the running cell of one
// interpreter.
#ifndef CARREL_SANDBOX_HOST_INTERPRETER_PROCESS_H_
#define CARREL_SANDBOX_HOST_INTERPRETER_PROCESS_H_

#include <asio/thread_pool.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/host/cell_output.h"
#include "sandbox/host/cell_run.h"
#include "sandbox/host/cell_stopper.h"
#include "sandbox/host/death.h"
#include "sandbox/host/output_reader.h"
#include "sandbox/host/sandbox.h"
#include "sandbox/host/session_usage.h"
#include "sandbox/interpreter.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/processes/sampling_threads.h"

namespace carrel {

// The host's endpoints of a spawned session.
struct InterpreterEndpoints {
  OutputEndpoints output;
  SupervisorEndpoints supervisor;
};

// Kept alive by its own pending waits until no process is left; the handle that Zygote::Spawn
// returns ends it. Lives on the loop.
class InterpreterProcess : public OutputReader::Listener,
                           public Sandbox::Listener,
                           public std::enable_shared_from_this<InterpreterProcess> {
 public:
  InterpreterProcess(EventLoop* loop, asio::thread_pool* pool, SamplingThreads* samplers,
                     InterpreterEndpoints endpoints, const SandboxLimits& limits,
                     absl::Duration interrupt_grace_period);

  // Begins to read. `on_ready` is called once: with OK when the interpreter waits for a cell, else
  // with the way in which its confinement failed.
  void Start(absl::AnyInvocable<void(const absl::Status&)> on_ready);

  // See Interpreter.
  void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done);
  void Interrupt(StopReason reason);
  void Kill(StopReason reason);
  bool alive() const { return state_ == State::kIdle || state_ == State::kRunning; }
  bool IsConnected();
  int pid() const { return sandbox_.pid(); }
  void set_on_death(absl::AnyInvocable<void(const Death&)> callback) {
    on_death_ = std::move(callback);
  }
  // Kills the session and calls no callback.
  void Abandon();

 private:
  enum class State { kStarting, kIdle, kRunning, kEnding, kDead };

  // OutputReader::Listener and Sandbox::Listener.
  std::shared_ptr<void> KeepAlive() override { return shared_from_this(); }
  void OnText(OutputStream stream, std::string bytes) override;
  void OnFrame(const internal::GuestFrame& frame) override;
  void OnFramesEnded() override;
  void OnProtocolViolation() override { Kill(StopReason::kProtocolViolation); }
  void OnLasting() override;
  void OnSupervisorMessage(const SupervisorMessage& message) override;
  void OnProcessesGone() override;

  void OnReady();
  void OnDone(const internal::CellDone& done);
  void OnExited(const SupervisorMessage& message);
  // Reports the death, once the processes and their cgroup are gone.
  void ReportDeath(const absl::optional<CgroupEnding>& cgroup);

  // The cell that is running in the interpreter; null if none is, or if it waits until
  // stopper_ is idle.
  CellRun* running() const { return cell_ != nullptr && cell_->begun() ? cell_.get() : nullptr; }
  void BeginCell();
  void MeasureCell();
  void FinishCell(Outcome outcome);

  // Kills a process that has closed its socket and does not end.
  void OnEndingLate();
  void StartWatchdog();
  void Watch();
  void OnSampled(const TreeSampler::Reading& reading, uint64_t run);

  EventLoop* const loop_;
  SessionUsage usage_;
  Sandbox sandbox_;
  OutputReader reader_;
  CellOutput output_;
  CellStopper stopper_;
  LazyTimer start_timeout_, watchdog_, ending_;

  State state_ = State::kStarting;
  absl::AnyInvocable<void(const absl::Status&)> on_ready_;
  absl::AnyInvocable<void(const Death&)> on_death_;
  int only_cpu_ = -1;         // The interpreter's CPU if it may use only one, else -1.
  bool was_brief_ = true;     // True if the last cell was brief: the next one may be, too.
  uint64_t run_ = 0;          // The number of calls of Run.
  uint64_t cell_number_ = 0;  // The number of cells that were sent to the interpreter.
  std::unique_ptr<CellRun> cell_;

  EndObservations seen_;     // The way in which the process ended, as far as known.
  std::string failed_step_;  // The step of confinement that failed, with its errno text.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_INTERPRETER_PROCESS_H_
