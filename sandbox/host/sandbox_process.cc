#include "sandbox/host/sandbox_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/host/death_message.h"
#include "sandbox/ipc/frame_limits.h"
#include "sandbox/posix/cpus.h"
#include "sandbox/posix/syscall_name.h"
#include "sandbox/processes/tree_memory.h"

namespace carrel {
namespace {

using child::SupervisorMessage;
using Kind = SupervisorMessage::Kind;

// The time limit for a child to confine itself.
constexpr std::chrono::seconds kStartPatience{60};
constexpr std::chrono::milliseconds kAwaitRetry{20};
// This is more than the socket can hold: its buffer is limited by net.core.wmem_default, and each
// message takes a buffer of its own.
constexpr int kMaxSupervisorMessages = 1024;

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

// If /tmp is on the same disk as the workspace, their deleted files cannot be distinguished.
int64_t DeletedFilesLimit(IsolationMode isolation_mode, const SandboxLimits& limits) {
  return limits.workspace_bytes + (HasOwnNamespaces(isolation_mode) ? 0 : limits.temporary_bytes);
}

void SetNonBlocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

SandboxProcess::SandboxProcess(EventLoop* loop, asio::thread_pool* pool, SamplingThreads* samplers,
                               SandboxEndpoints ends, SandboxLimits limits,
                               absl::Duration interrupt_grace_period)
    : loop_(loop),
      pool_(pool),
      samplers_(samplers),
      limits_(limits),
      grace_(interrupt_grace_period),
      pid_(ends.pid),
      isolation_mode_(ends.isolation_mode),
      session_cpu_(ends.pid, ends.cgroup == nullptr ? "" : ends.cgroup->path()),
      meter_(ends.pid, samplers, &session_cpu_),
      tree_sampler_({ends.pid, ends.isolation_mode, ends.uid,
                     ends.cgroup == nullptr ? TreeMemoryLimit(limits) : -1,
                     DeletedFilesLimit(ends.isolation_mode, limits)},
                    &session_cpu_),
      frames_(std::move(ends.frames)),
      frames_wait_(loop, frames_.get(), [this](bool writable) { OnFrames(writable); }),
      stdout_(loop->context(), ends.stdout_pipe.release()),
      stderr_(loop->context(), ends.stderr_pipe.release()),
      supervisor_(loop->context(), ends.supervisor.release()),
      pidfd_(loop->context()),
      cgroup_(std::move(ends.cgroup)),
      ring_memory_(std::move(ends.output_ring)),
      ring_(ring_memory_.data()),
      timeout_(loop, [this] { OnTimeout(); }),
      grace_end_(loop, [this] { OnGrace(); }),
      watchdog_(loop, [this] { Watch(); }),
      ending_(loop, [this] { OnEndingLate(); }),
      look_(loop, [this] { Look(); }),
      await_gone_(loop, [this] { OnAwaitGone(); }),
      rest_(loop, [this] { OnRested(); }) {
  supervisor_identity_ = ProcessIdentity::Of(ends.pid, ends.pidfd);
  pidfd_.assign(ends.pidfd.release());
  SetNonBlocking(frames_.get());
  for (Descriptor* descriptor : {&stdout_, &stderr_, &supervisor_})
    SetNonBlocking(descriptor->native_handle());
}

void SandboxProcess::Start(absl::AnyInvocable<void(const absl::Status&)> on_ready) {
  on_ready_ = std::move(on_ready);
  frames_wait_.Arm();
  WaitReadable(&stdout_, &SandboxProcess::OnStdoutReadable);
  WaitReadable(&stderr_, &SandboxProcess::OnStderrReadable);
  WaitReadable(&supervisor_, &SandboxProcess::OnSupervisorReadable);
  WaitReadable(&pidfd_, &SandboxProcess::OnProcessesGone);
  StartWatchdog();
  timeout_.SetAfter(kStartPatience);
}

void SandboxProcess::Abandon() {
  cell_.reset();
  cell_waits_ = false;
  on_ready_ = nullptr;
  on_death_ = nullptr;
  Kill(StopReason::kSessionDeleted);
}

void SandboxProcess::WaitReadable(Descriptor* descriptor, void (SandboxProcess::*handler)()) {
  loop_->Wait(descriptor, Descriptor::wait_read,
              [self = shared_from_this(), handler](const asio::error_code& error) {
                if (!error && self->state_ != State::kDead) ((*self).*handler)();
              });
}

// -------------------------------------------------------------------- frames

void SandboxProcess::HandleFrame(const internal::GuestFrame& frame) {
  const uint64_t position = std::min<uint64_t>(frame.output_position(), received_.ring_head);
  if (frame.has_output_ready()) {
    // The output is read together with whatever else has arrived, not by itself: else each record
    // would become an event.
    notified_position_ = std::max(notified_position_.value_or(0), position);
    return;
  }
  ReadRing(position);
  if (frame.drain_pipes_first() && !std::exchange(received_.pipes_drained, true)) DrainPipes();
  if (frame.has_ready() && state_ == State::kStarting) return HandleReady();
  // Output of a thread between two cells.
  if (frame.cell() == 0 && HandleOutput(frame)) return;
  if (current() == nullptr || frame.cell() != cell_number_)
    return Kill(StopReason::kProtocolViolation);
  HandleCellFrame(frame);
}

void SandboxProcess::HandleReady() {
  state_ = State::kIdle;
  timeout_.Clear();
  meter_.Find();
  if (meter_.interpreter() != 0) only_cpu_ = OnlyCpuOf(meter_.interpreter());
  if (supervisor_identity_.has_value()) ClosePidfd();
  if (on_ready_) std::exchange(on_ready_, nullptr)(absl::OkStatus());
}

bool SandboxProcess::HandleOutput(const internal::GuestFrame& frame) {
  switch (frame.frame_case()) {
    case internal::GuestFrame::kStream:
      Deliver(frame.stream().is_stderr() ? OutputStream::kStderr : OutputStream::kStdout,
              frame.stream().text());
      return true;
    case internal::GuestFrame::kDisplay:
      DeliverDisplay(frame.display());
      return true;
    case internal::GuestFrame::kClear:
      DeliverClear(frame.clear().wait());
      return true;
    default:
      return false;
  }
}

void SandboxProcess::HandleCellFrame(const internal::GuestFrame& frame) {
  if (HandleOutput(frame)) return;
  switch (frame.frame_case()) {
    case internal::GuestFrame::kError:
      return HandleException(frame.error());
    case internal::GuestFrame::kDone:
      return HandleDone(frame.done());
    default:
      return Kill(StopReason::kProtocolViolation);
  }
}

void SandboxProcess::HandleException(const internal::PythonError& error) {
  // A cell with %run or nested cells may report several; the first one is the cell's.
  if (std::exchange(cell_->has_exception, true)) return;
  cell_->reached = ReachedLimitOf(error.limit());
  cell_->sink->OnException({error.type(), error.message(), error.traceback()});
}

void SandboxProcess::HandleDone(const internal::CellDone& done) {
  if (state_ != State::kRunning) return;  // The cell was killed already; that is its outcome.
  DrainPipes();
  ReadSupervisor();  // Refusals were reported before the cell could end.
  MeasureCell();
  state_ = State::kIdle;
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
      outcome.reached = cell_->reached;
  }
  FinishCell(std::move(outcome));
}

// ---------------------------------------------------------------- supervisor

bool SandboxProcess::IsConnected() {
  if (!alive()) return false;
  // The empty event masks report only POLLHUP and POLLERR, which are always reported.
  pollfd ends[] = {{frames_.get(), 0, 0}, {supervisor_.native_handle(), 0, 0}};
  return poll(ends, 2, 0) == 0;
}

void SandboxProcess::OnSupervisorReadable() {
  ReadSupervisor();
  char probe;
  if (recv(supervisor_.native_handle(), &probe, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
    return WaitReadable(&supervisor_, &SandboxProcess::OnSupervisorReadable);
  // The supervisor is ending, after all other processes of the session.
  AwaitProcessesGone();
}

void SandboxProcess::ReadSupervisor() {
  // Only the messages up to now are read; the supervisor goes on reporting refused calls for as
  // long as a guest makes them.
  SupervisorMessage message;
  for (int i = 0; i < kMaxSupervisorMessages; ++i) {
    if (recv(supervisor_.native_handle(), &message, sizeof(message), MSG_DONTWAIT) !=
        static_cast<ssize_t>(sizeof(message)))
      return;
    HandleSupervisor(message);
  }
}

void SandboxProcess::HandleSupervisor(const SupervisorMessage& message) {
  switch (message.kind) {
    case Kind::kFailed:
      failed_step_ = absl::StrCat(absl::string_view(message.step, strnlen(message.step, 55)), ": ",
                                  strerror(message.value));
      return;
    case Kind::kExited:
      wait_status_ = message.value;
      if (cell_ == nullptr || cell_waits_) return;
      MeasureCell();
      cell_->cpu =
          std::max(cell_->cpu, meter_.SinceStart(absl::Microseconds(message.cpu_microseconds)));
      cell_->peak_memory_bytes = std::max(cell_->peak_memory_bytes, message.peak_memory_bytes);
      return;
    case Kind::kInterrupted:
      if (pending_interrupts_ > 0 && --pending_interrupts_ == 0 && cell_waits_) StartCell();
      return;
    case Kind::kRefused:
      if (cell_ != nullptr && !cell_waits_) cell_->sink->OnRefusedCall(SyscallName(message.value));
      return;
    case Kind::kTooMany:
      if (cell_ != nullptr && !cell_waits_) cell_->sink->OnRefusedCall("fork");
      return;
    default:
      return;
  }
}

void SandboxProcess::ClosePidfd() {
  asio::error_code ignored;
  pidfd_.close(ignored);
}

void SandboxProcess::AwaitProcessesGone() {
  if (state_ == State::kDead || pidfd_.is_open()) return;
  absl::StatusOr<UniqueFd> pidfd = supervisor_identity_->Open();
  if (pidfd.ok()) {
    pidfd_.assign(pidfd->release());
    return WaitReadable(&pidfd_, &SandboxProcess::OnProcessesGone);
  }
  // If the process is not gone, most likely no descriptors are left, until other sessions end.
  const bool gone = absl::IsNotFound(pidfd.status());
  await_gone_.SetAfter(gone ? std::chrono::milliseconds(0) : kAwaitRetry);
}

void SandboxProcess::OnAwaitGone() {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (state_ == State::kDead || pidfd_.is_open()) return;
  if (absl::IsNotFound(supervisor_identity_->Open().status()))
    OnProcessesGone();
  else
    AwaitProcessesGone();
}

void SandboxProcess::OnProcessesGone() {
  ReadSupervisor();
  state_ = State::kEnding;
  // All writers are dead: what they have written is read to its end.
  for (int i = 0; i < 4 || has_undecoded_; ++i) {
    rests_ = false;
    if (!ReadFrames()) break;
  }
  ReadRing(ring_.head());
  DrainPipes();
  state_ = State::kDead;
  CloseDescriptors();
  if (cgroup_ == nullptr) return ReportDeath();
  asio::post(*pool_, [self = shared_from_this(), cgroup = std::move(cgroup_)]() mutable {
    const CgroupEnding ending = cgroup->End();
    EventLoop* loop = self->loop_;
    loop->Post([self = std::move(self), ending] {
      self->cgroup_ending_ = ending;
      self->ReportDeath();
    });
  });
}

void SandboxProcess::ReportDeath() {
  Death death = DescribeDeath();
  if (on_ready_) {
    std::exchange(on_ready_, nullptr)(DescribeFailedStart(death));
  }
  if (cell_ != nullptr) {
    if (DiedOfMemory() && !cell_waits_) {
      // No supervisor was left to report them.
      cell_->cpu = std::max(cell_->cpu, meter_.SinceStart(cgroup_ending_->cpu));
      cell_->peak_memory_bytes =
          std::max(cell_->peak_memory_bytes, cgroup_ending_->peak_memory_bytes);
    }
    Outcome outcome;
    outcome.status = Outcome::Status::kDied;
    outcome.death = death;
    FinishCell(std::move(outcome));
  } else if (on_death_) {
    std::exchange(on_death_, nullptr)(death);
  }
}

// A process that has restored SIGINT's default action, or executed another program, dies of the
// host's interrupt.
bool SandboxProcess::DiedOfInterrupt() const {
  return cell_ != nullptr && cell_->interrupted && wait_status_.has_value() &&
         WIFSIGNALED(*wait_status_) && WTERMSIG(*wait_status_) == SIGINT;
}

// The OOM killer takes all processes at once, so any other kill that was intended came too late. A
// process that exited, or died of another signal, did so before.
bool SandboxProcess::DiedOfMemory() const {
  return cgroup_ending_.has_value() && cgroup_ending_->killed_for_memory &&
         (!wait_status_.has_value() ||
          (WIFSIGNALED(*wait_status_) && WTERMSIG(*wait_status_) == SIGKILL));
}

absl::Status SandboxProcess::DescribeFailedStart(const Death& death) const {
  if (!failed_step_.empty())
    return absl::InternalError(absl::StrCat("confinement failed at ", failed_step_));
  const std::string text = absl::StrCat("the interpreter did not start: ", death.message);
  // Another process has killed it, as the kernel does when memory is short: the next one may live.
  return death.signal == SIGKILL || death.unexplained ? absl::UnavailableError(text)
                                                      : absl::InternalError(text);
}

Death SandboxProcess::DescribeDeath() const {
  Death death;
  if (DiedOfMemory()) {
    death.killed_by_host = true;
    death.reason =
        cgroup_ending_->over_own_limit ? StopReason::kMemoryLimit : StopReason::kMemoryShortage;
  } else if (kill_reason_.has_value()) {
    death.killed_by_host = true;
    death.reason = *kill_reason_;
  } else if (DiedOfInterrupt()) {
    death.killed_by_host = true;
    death.reason = cell_->interrupt_reason;
  } else if (!wait_status_.has_value()) {
    death.unexplained = true;
  } else if (WIFSIGNALED(*wait_status_)) {
    death.signal = WTERMSIG(*wait_status_);
    if (death.signal == SIGABRT && ring_.WriterHadNoMemory()) death.reached = ReachedLimit::kMemory;
  } else {
    death.exit_code = WEXITSTATUS(*wait_status_);
  }
  death.message = DeathMessage(death);
  return death;
}

void SandboxProcess::CloseDescriptors() {
  asio::error_code ignored;
  frames_wait_.Disarm();
  for (Descriptor* descriptor : {&stdout_, &stderr_, &supervisor_, &pidfd_})
    descriptor->close(ignored);
  for (LazyTimer* deadline :
       {&timeout_, &grace_end_, &watchdog_, &ending_, &look_, &await_gone_, &rest_})
    deadline->Clear();
}

}  // namespace carrel
