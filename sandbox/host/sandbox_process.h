// The implementation of Sandbox: the host's side of one session's processes. Their messages and
// their end are handled in sandbox_process.cc; frames, ring and pipes are read in
// sandbox_process_read.cc; cells are run, stopped and watched in sandbox_process_run.cc.
#ifndef CARREL_SANDBOX_HOST_SANDBOX_PROCESS_H_
#define CARREL_SANDBOX_HOST_SANDBOX_PROCESS_H_

#include <asio/posix/stream_descriptor.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/child/raw.h"
#include "sandbox/host/late_output.h"
#include "sandbox/ipc/display_assembler.h"
#include "sandbox/ipc/frame_decoder.h"
#include "sandbox/ipc/output_ring.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/loop/read_waits.h"
#include "sandbox/posix/shared_memory.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/cell_meter.h"
#include "sandbox/processes/process_identity.h"
#include "sandbox/processes/sampling_threads.h"
#include "sandbox/processes/session_cpu.h"
#include "sandbox/processes/tree_sampler.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn/isolation_mode.h"

namespace carrel {

// The host's endpoints of a spawned session.
struct SandboxEndpoints {
  UniqueFd frames;
  UniqueFd stdout_pipe;
  UniqueFd stderr_pipe;
  UniqueFd supervisor;
  SharedMemory output_ring;
  // The supervisor's: readable when no process of the session is left.
  UniqueFd pidfd;
  int pid = 0;
  IsolationMode isolation_mode = IsolationMode::kNative;
  uint32_t uid = 0;                       // The user id of the session's processes.
  std::unique_ptr<SessionCgroup> cgroup;  // Null if there is none.
};

// The host's side of one session. Kept alive by its own pending waits; SandboxHandle ends it.
class SandboxProcess : public std::enable_shared_from_this<SandboxProcess> {
 public:
  SandboxProcess(EventLoop* loop, asio::thread_pool* pool, SamplingThreads* samplers,
                 SandboxEndpoints ends, SandboxLimits limits,
                 absl::Duration interrupt_grace_period);

  // Begins to read. `on_ready` is called once: with OK when the interpreter waits for a cell, else
  // with the way in which its confinement failed.
  void Start(absl::AnyInvocable<void(const absl::Status&)> on_ready);

  void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done);
  void Interrupt(StopReason reason);
  void Kill(StopReason reason);
  // Kills the session and calls no callback.
  void Abandon();
  bool alive() const { return state_ == State::kIdle || state_ == State::kRunning; }
  bool IsConnected();
  int pid() const { return pid_; }
  void set_on_death(absl::AnyInvocable<void(const Death&)> callback) {
    on_death_ = std::move(callback);
  }

 private:
  enum class State { kStarting, kIdle, kRunning, kEnding, kDead };
  using Descriptor = asio::posix::stream_descriptor;

  // The state of the running cell.
  struct RunningCell {
    RunningCell(CellSink* sink, absl::AnyInvocable<void(Outcome)> done, int64_t display_bytes)
        : sink(sink), done(std::move(done)), display_bytes(display_bytes) {}
    CellSink* sink;
    absl::AnyInvocable<void(Outcome)> done;
    absl::string_view code;
    const int64_t display_bytes;
    absl::Time start;
    absl::optional<EventLoop::Awaited> awaited;  // Set from `start` on.
    absl::Duration cpu;
    absl::Duration cpu_time;  // The limit on `cpu`.
    int64_t peak_memory_bytes = 0;
    bool interrupted = false;
    bool interrupted_twice = false;
    bool has_exception = false;
    ReachedLimit reached = ReachedLimit::kNone;
    StopReason interrupt_reason = StopReason::kTimeout;
  };

  void WaitReadable(Descriptor* descriptor, void (SandboxProcess::*handler)());
  void OnFrames(bool writable);
  void OnFramesReadable();
  void OnStdoutReadable();
  void OnStderrReadable();
  void OnSupervisorReadable();
  // Waits for the end of the supervisor, and with it of all processes of the session.
  void AwaitProcessesGone();
  void OnAwaitGone();
  void ClosePidfd();
  void OnProcessesGone();
  // Reports the death, once the processes and their cgroup are gone.
  void ReportDeath();

  // Reads all frames and ring records that are available, in their order. Returns false at the end
  // of the stream.
  bool ReadFrames();
  // Does one recv(2), unless frames of an earlier one are left, and handles the frames that it
  // completes. Returns false if there is nothing more now, if this was the end, or if this
  // iteration's share is used up.
  bool ReadMoreFrames(size_t* total, bool* open);
  bool DecodeFrames(bool* open);
  // Stops reading from the guest for a while: in an iteration that began at `since` it used up its
  // share of the loop.
  void Rest(LazyTimer::Clock::time_point since);
  void OnRested();
  // Reads the ring up to position `until`.
  void ReadRing(uint64_t until);
  // Handles a notification of output: asks for the next one or, if they are frequent, polls
  // instead.
  void AwaitOutput();
  void PollAgainSoon();
  void Look();
  // Has the thread that requested the cell wait for its end by an inline poll, if the cell may be
  // short.
  bool PollHere();
  // Handles a closed frame socket: the process is ending, or only pretends to.
  void ExpectEnd();
  // Reads one pipe. `rests` is set if the pipe is to be read again when the pause ends.
  void OnPipeReadable(Descriptor* pipe, OutputStream stream, bool* rests);
  // Reads what both pipes hold now.
  void DrainPipes();
  // Returns the cell that is running in the interpreter; null if none is.
  RunningCell* current() const { return cell_waits_ ? nullptr : cell_.get(); }
  // Passes output to the running cell, else keeps it for the next one.
  void Deliver(OutputStream stream, std::string bytes);
  void DeliverDisplay(const internal::DisplayPart& part);
  void DeliverClear(bool wait);

  void HandleFrame(const internal::GuestFrame& frame);
  // Handles `frame` and returns true if it is output, which may occur in cells and between them.
  bool HandleOutput(const internal::GuestFrame& frame);
  void HandleReady();
  void HandleCellFrame(const internal::GuestFrame& frame);
  void HandleException(const internal::PythonError& error);
  void HandleDone(const internal::CellDone& done);
  void HandleSupervisor(const child::SupervisorMessage& message);
  void ReadSupervisor();

  void StartCell();
  void SendCell();
  void FlushWrites();
  // Asks the supervisor for a SIGINT to the interpreter's process group.
  void SendInterrupt();
  // Interrupts a cell whose timeout is over; kills an interpreter that takes too long to start.
  void OnTimeout();
  void StartWatchdog();
  void Watch();
  // Interrupts the cell once more at half of the grace period, and kills at its end.
  void OnGrace();
  void OnEndingLate();
  // Samples the whole process tree.
  void MeasureTree();
  void OnTreeMeasured(const TreeSampler::Reading& reading, uint64_t run);
  // Asks the kernel, or the supervisor, to end every process of the session.
  void KillProcesses();
  void MeasureCell();
  void FinishCell(Outcome outcome);
  bool DiedOfInterrupt() const;
  // Returns true if the kernel's OOM killer took all of the session's processes.
  bool DiedOfMemory() const;
  Death DescribeDeath() const;
  // Returns UNAVAILABLE if a retry may succeed.
  absl::Status DescribeFailedStart(const Death& death) const;
  void CloseDescriptors();

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  SamplingThreads* const samplers_;
  const SandboxLimits limits_;
  const absl::Duration grace_;
  const int pid_;
  const IsolationMode isolation_mode_;
  SessionCpu session_cpu_;
  CellMeter meter_;
  TreeSampler tree_sampler_;                // Used by MeasureTree alone.
  bool looking_ = false;                    // True while the tree is being sampled.
  LazyTimer::Clock::time_point rest_ends_;  // The end of the pause between samples of the tree.
  const UniqueFd frames_;
  ReadWait frames_wait_;
  Descriptor stdout_, stderr_, supervisor_;
  // The supervisor's pidfd: open until the interpreter is ready, and again when the session is
  // ending. In between, which may be long, supervisor_identity_ replaces it and no descriptor is
  // held.
  Descriptor pidfd_;
  absl::optional<ProcessIdentity> supervisor_identity_;
  std::unique_ptr<SessionCgroup> cgroup_;
  const SharedMemory ring_memory_;
  OutputRingReader ring_;
  // The state of the streams when the last recv(2) returned frames.
  struct Received {
    uint64_t ring_head = 0;      // The ring's head just after the recv(2).
    bool pipes_drained = false;  // True if the pipes were drained since then.
  };
  Received received_;
  int frames_left_ = 0;         // The number of frames that this iteration may still handle.
  bool has_undecoded_ = false;  // True if more frames were received than that.
  bool rests_ = false;          // True during a pause; see Rest.
  bool stdout_rests_ = false, stderr_rests_ = false;
  bool frames_ended_ = false;  // True once the socket was closed or its data was malformed.
  // The ring position that the frames which were just read report.
  absl::optional<uint64_t> notified_position_;
  uint64_t last_polled_head_ = 0;  // The ring's head at the last poll.
  std::chrono::steady_clock::time_point last_notified_;
  LazyTimer timeout_, grace_end_, watchdog_, ending_, look_, await_gone_, rest_;

  State state_ = State::kStarting;
  absl::AnyInvocable<void(const absl::Status&)> on_ready_;
  absl::AnyInvocable<void(const Death&)> on_death_;
  FrameDecoder decoder_;
  std::string outgoing_;      // Bytes not yet written to frames_.
  int only_cpu_ = -1;         // The interpreter's CPU if it may use only one, else -1.
  bool was_brief_ = true;     // True if the last cell was brief: the next one may be, too.
  uint64_t run_ = 0;          // The number of calls of Run.
  uint64_t cell_number_ = 0;  // The number of cells that were sent to the interpreter.
  std::unique_ptr<RunningCell> cell_;
  bool cell_waits_ = false;     // True while the cell waits for pending_interrupts_.
  int pending_interrupts_ = 0;  // Interrupts that were sent and not acknowledged by the supervisor.
  DisplayAssembler displays_{LateOutput::kMaxDisplayBytes};
  LateOutput late_output_;

  // The way in which the process ended, as far as known.
  absl::optional<StopReason> kill_reason_;
  absl::optional<int> wait_status_;
  std::string failed_step_;  // The step of confinement that failed, with its errno text.
  absl::optional<CgroupEnding> cgroup_ending_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_SANDBOX_PROCESS_H_
