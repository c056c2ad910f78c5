// The implementation of Sandbox: the host's end of one session's processes. What comes
// from them is read in sandbox_process.cc; cells are run, stopped and watched in
// sandbox_process_run.cc.
#ifndef CARREL_SANDBOX_SANDBOX_PROCESS_H_
#define CARREL_SANDBOX_SANDBOX_PROCESS_H_

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
#include "sandbox/lane.h"
#include "sandbox/loop/deadline.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/read_waits.h"
#include "sandbox/output_ring.h"
#include "sandbox/parsing/display_assembler.h"
#include "sandbox/parsing/frame_decoder.h"
#include "sandbox/parsing/late_output.h"
#include "sandbox/posix/shared_memory.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/cell_meter.h"
#include "sandbox/processes/guest_looks.h"
#include "sandbox/processes/process_name.h"
#include "sandbox/processes/session_cpu.h"
#include "sandbox/processes/tree_look.h"
#include "sandbox/sandbox.h"

namespace carrel {

// The host's ends of what a spawned session was given.
struct SandboxEnds {
  UniqueFd frames;
  UniqueFd stdout_pipe;
  UniqueFd stderr_pipe;
  UniqueFd supervisor;
  SharedMemory output_ring;
  UniqueFd pidfd;  // Of the supervisor: readable when no process of the session is left.
  int pid = 0;
  Lane lane = Lane::kNative;
  uint32_t uid = 0;                       // Of the session's processes.
  std::unique_ptr<SessionCgroup> cgroup;  // Null if there is none.
};

// Kept alive by its own pending waits; SandboxHandle ends it.
class SandboxProcess : public std::enable_shared_from_this<SandboxProcess> {
 public:
  SandboxProcess(EventLoop* loop, asio::thread_pool* pool, GuestLooks* looks, SandboxEnds ends,
                 SandboxLimits limits, absl::Duration interrupt_grace_period);

  // Begins to read. `on_ready` is called once: OK when the interpreter waits for
  // a cell, else how its confinement failed.
  void Start(absl::AnyInvocable<void(const absl::Status&)> on_ready);

  void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done);
  void Interrupt(StopReason reason);
  void Kill(StopReason reason);
  // Kills, and calls nobody back.
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

  // What belongs to the running cell.
  struct RunningCell {
    RunningCell(CellSink* sink, absl::AnyInvocable<void(Outcome)> done, int64_t display_bytes)
        : sink(sink), done(std::move(done)), display_bytes(display_bytes) {}
    CellSink* sink;
    absl::AnyInvocable<void(Outcome)> done;
    absl::string_view code;
    const int64_t display_bytes;
    absl::Time start;
    absl::optional<EventLoop::Awaited> awaited;  // From then on.
    absl::Duration cpu;
    absl::Duration cpu_time;  // Allowed.
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
  // They are, and so is their cgroup.
  void TellDeath();

  // Takes all frames and ring records that are there, in their order. False at the end
  // of the stream.
  bool ReadFrames();
  // One recv(2), unless frames are left of an earlier one, and the frames that it completes: false
  // if there is nothing more now, if this was the end, or if that is enough for this turn.
  bool ReadMoreFrames(size_t* total, bool* open);
  bool DecodeFrames(bool* open);
  // The guest had its share of the loop by a turn that began `since`: for a while nothing more is
  // read of it.
  void Rest(Deadline::Clock::time_point since);
  void OnRested();
  // Up to that position.
  void ReadRing(uint64_t until);
  // After the guest has told of output: has it tell again, or, if it does so all the time,
  // looks again soon by itself.
  void AwaitOutput();
  void LookAgainSoon();
  void Look();
  // Has the thread that asked for the cell wait for its end, if it may be a short one.
  bool AwaitHere();
  // The frame socket was closed: the process is ending, or only pretends to.
  void ExpectEnd();
  // `rests`: set if it is to be called again when the rest ends.
  void OnPipeReadable(Descriptor* pipe, OutputStream stream, bool* rests);
  // What both hold now.
  void DrainPipes();
  // The cell that is running in the interpreter; null if none is.
  RunningCell* current() const { return cell_waits_ ? nullptr : cell_.get(); }
  // To the cell that is running, else to the next one.
  void Deliver(OutputStream stream, std::string bytes);
  void DeliverDisplay(const internal::DisplayPart& part);
  void DeliverClear(bool wait);

  void HandleFrame(const internal::GuestFrame& frame);
  // True if the frame was an output, which has its place inside of cells and between them.
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
  void SendInterrupt();
  void OnTimeout();
  void StartWatchdog();
  void Watch();
  void OnGrace();
  void OnEndingLate();
  // Looks at the whole tree.
  void MeasureTree();
  void OnTreeMeasured(const TreeLook::Reading& reading, uint64_t run);
  // Asks the kernel, or the supervisor, to end every process of the session.
  void KillProcesses();
  void MeasureCell();
  void FinishCell(Outcome outcome);
  bool DiedOfInterrupt() const;
  // The kernel's OOM killer took all of the session's processes.
  bool DiedOfMemory() const;
  Death DescribeDeath() const;
  // UNAVAILABLE if it is worth another try.
  absl::Status DescribeFailedStart(const Death& death) const;
  void CloseDescriptors();

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  GuestLooks* const looks_;
  const SandboxLimits limits_;
  const absl::Duration grace_;
  const int pid_;
  const Lane lane_;
  SessionCpu session_cpu_;
  CellMeter meter_;
  TreeLook tree_look_;                     // MeasureTree's alone.
  bool looking_ = false;                   // At the tree, now.
  Deadline::Clock::time_point rest_ends_;  // Of the looks at the tree.
  const UniqueFd frames_;
  ReadWait frames_wait_;
  Descriptor stdout_, stderr_, supervisor_;
  // Of the supervisor: open until the interpreter is ready, and again when it is ending. In
  // between, which may be long, its name does.
  Descriptor pidfd_;
  absl::optional<ProcessName> supervisor_name_;
  std::unique_ptr<SessionCgroup> cgroup_;
  const SharedMemory ring_memory_;
  OutputRingReader ring_;
  // Of the frames that one recv(2) has brought.
  struct Received {
    uint64_t ring_head = 0;      // Just after it.
    bool pipes_drained = false;  // Since then.
  };
  Received received_;
  int frames_left_ = 0;         // To be handled in this turn.
  bool has_undecoded_ = false;  // There were more.
  bool rests_ = false;          // See Rest.
  bool stdout_rests_ = false, stderr_rests_ = false;
  bool frames_ended_ = false;  // The socket was closed, or what came is malformed.
  // Of the output that frames which were just read have told of.
  absl::optional<uint64_t> told_position_;
  uint64_t last_look_ = 0;  // The ring's head when it was last looked at by itself.
  std::chrono::steady_clock::time_point last_told_;
  Deadline timeout_, grace_end_, watchdog_, ending_, look_, await_gone_, rest_;

  State state_ = State::kStarting;
  absl::AnyInvocable<void(const absl::Status&)> on_ready_;
  absl::AnyInvocable<void(const Death&)> on_death_;
  FrameDecoder decoder_;
  std::string outgoing_;      // Not yet written to frames_.
  int only_cpu_ = -1;         // The interpreter's, if it has but one.
  bool was_brief_ = true;     // The last cell: so may be the next.
  uint64_t run_ = 0;          // Counts calls of Run.
  uint64_t cell_number_ = 0;  // Counts cells that were sent to the interpreter.
  std::unique_ptr<RunningCell> cell_;
  bool cell_waits_ = false;     // For pending_interrupts_.
  int pending_interrupts_ = 0;  // Sent, and not acknowledged by the supervisor.
  DisplayAssembler displays_{LateOutput::kMaxDisplayBytes};
  LateOutput late_output_;

  // How it ended, as far as known.
  absl::optional<StopReason> kill_reason_;
  absl::optional<int> wait_status_;
  std::string failed_step_;  // Of confinement, with its errno text.
  absl::optional<CgroupEnding> cgroup_ending_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SANDBOX_PROCESS_H_
