// The half of SandboxProcess that runs cells, stops them, and monitors their resource usage.
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sandbox/host/sandbox_process.h"
#include "sandbox/layers.h"

namespace carrel {
namespace {

using Kind = child::SupervisorMessage::Kind;

constexpr std::chrono::milliseconds kBusyWatch{250};
constexpr std::chrono::milliseconds kIdleWatch{5000};
// The length of the pause between samples of the tree, in multiples of the last sample's cost: many
// processes make each sample long.
constexpr int kRestAfterASample = 10;
constexpr absl::Duration kLongestRest = absl::Seconds(10);
constexpr std::chrono::milliseconds kKillRetry{20};
// After a cell this short an inline poll is tried for the next one, which may be over before the
// thread that requested it is needed elsewhere (EventLoop::PollInline).
constexpr absl::Duration kBrief = absl::Microseconds(500);

auto Milliseconds(absl::Duration duration) {
  return std::chrono::milliseconds(absl::ToInt64Milliseconds(duration));
}

}  // namespace

void SandboxProcess::Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done) {
  cell_ = std::make_unique<RunningCell>(sink, std::move(done), cell.display_bytes);
  cell_->cpu_time = cell.cpu_time;
  state_ = State::kRunning;
  ++run_;
  cell_->code = cell.code;
  cell_waits_ = true;
  timeout_.SetAfter(Milliseconds(cell.timeout));
  // An interrupt of the previous cell must not reach this one.
  if (pending_interrupts_ == 0) StartCell();
}

void SandboxProcess::StartCell() {
  // Earlier output and displays belong to no cell.
  if (ring_.HasMore()) ReadFrames();
  if (state_ != State::kRunning) return;  // The output broke the protocol.
  cell_waits_ = false;
  meter_.Start();
  cell_->start = absl::Now();
  cell_->awaited.emplace(loop_);
  // A cell that is over in a moment need not notify of its output before it reports its end.
  ring_.StayAwake();
  if (!PollHere()) PollAgainSoon();
  SendCell();
  // The interpreter runs meanwhile; its output is read in a later loop iteration.
  cell_->sink->OnStarted();
  displays_.StartBudget(cell_->display_bytes);
  if (!late_output_.empty()) late_output_.MoveTo(cell_->sink, &displays_);
  StartWatchdog();
}

bool SandboxProcess::PollHere() {
  if (!was_brief_ || rests_) return false;
  const bool here = loop_->PollInline(*cell_->awaited, frames_.get(), only_cpu_,
                                      [self = shared_from_this()](bool ready) {
                                        if (self->state_ == State::kDead) return;
                                        if (!ready) self->PollAgainSoon();
                                        self->OnFramesReadable();
                                      });
  if (here) frames_wait_.Disarm();
  return here;
}

void SandboxProcess::SendCell() {
  std::string start = StartOfRunCell(++cell_number_, cell_->code.size());
  size_t sent = 0;
  if (outgoing_.empty()) {
    iovec parts[] = {{start.data(), start.size()},
                     {const_cast<char*>(cell_->code.data()), cell_->code.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    sent = static_cast<size_t>(
        std::max<ssize_t>(0, sendmsg(frames_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT)));
  }
  if (sent == start.size() + cell_->code.size()) return;
  // Only the bytes for which the socket has no room are copied.
  const size_t of_start = std::min(sent, start.size());
  outgoing_.append(start, of_start);
  outgoing_.append(cell_->code.data() + (sent - of_start), cell_->code.size() - (sent - of_start));
  FlushWrites();
}

void SandboxProcess::FlushWrites() {
  while (!outgoing_.empty()) {
    ssize_t n =
        send(frames_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return frames_wait_.ArmForWriting();
    // The peer has closed its endpoint: the pidfd or the timeout will report the end.
    if (n < 0) return outgoing_.clear();
    outgoing_.erase(0, static_cast<size_t>(n));
    if (outgoing_.empty()) outgoing_.shrink_to_fit();  // A large cell is not kept.
  }
}

void SandboxProcess::MeasureCell() {
  const CellMeter::Reading reading = meter_.Stop(absl::Now() - cell_->start);
  cell_->cpu = std::max(cell_->cpu, reading.cpu);
  cell_->peak_memory_bytes = std::max(cell_->peak_memory_bytes, reading.peak_memory_bytes);
}

void SandboxProcess::FinishCell(Outcome outcome) {
  timeout_.Clear();
  grace_end_.Clear();
  std::unique_ptr<RunningCell> cell = std::move(cell_);
  cell->awaited.reset();
  outcome.interrupted = cell->interrupted;
  outcome.interrupt_reason = cell->interrupt_reason;
  outcome.usage.wall =
      cell->start == absl::Time() ? absl::ZeroDuration() : absl::Now() - cell->start;
  outcome.usage.cpu = cell->cpu;
  outcome.usage.peak_memory_bytes = cell->peak_memory_bytes;
  was_brief_ = outcome.usage.wall < kBrief;
  displays_.StartBudget(LateOutput::kMaxDisplayBytes);
  cell->done(std::move(outcome));
  if (state_ != State::kIdle) return;
  // The writer notifies again, since between cells only threads print.
  look_.Clear();
  if (!ring_.Sleep()) PollAgainSoon();
  meter_.Rest();
}

// ----------------------------------------------------------- stopping, limits

void SandboxProcess::OnTimeout() {
  if (state_ == State::kStarting) return Kill(StopReason::kTimeout);
  if (IsApplied(Layer::kTimeout)) Interrupt(StopReason::kTimeout);
}

void SandboxProcess::Interrupt(StopReason reason) {
  if (state_ != State::kRunning || cell_->interrupted) return;
  cell_->interrupted = true;
  cell_->interrupt_reason = reason;
  SendInterrupt();
  grace_end_.SetAfter(Milliseconds(grace_ / 2));
}

void SandboxProcess::OnGrace() {
  if (state_ != State::kRunning || !IsApplied(Layer::kKillAfterGrace)) return;
  if (std::exchange(cell_->interrupted_twice, true)) return Kill(cell_->interrupt_reason);
  // The second interrupt comes half-way: a first KeyboardInterrupt may have been swallowed by
  // os.system() or an `except` that goes on.
  SendInterrupt();
  grace_end_.SetAfter(Milliseconds(grace_ / 2));
}

void SandboxProcess::SendInterrupt() {
  if (child::SendMessage(supervisor_.native_handle(), Kind::kInterrupt, 0)) ++pending_interrupts_;
}

void SandboxProcess::Kill(StopReason reason) {
  if (state_ == State::kEnding || state_ == State::kDead) return;
  // An interpreter that has died by itself already was not killed by the host.
  ReadSupervisor();
  if (!wait_status_.has_value()) kill_reason_ = reason;
  if (cell_ != nullptr && !cell_waits_) MeasureCell();
  if (state_ != State::kStarting) state_ = State::kEnding;
  KillProcesses();
}

void SandboxProcess::KillProcesses() {
  if (HasOwnNamespaces(isolation_mode_)) {
    // The supervisor is pid 1 of its namespace: the kernel kills the rest before the pidfd is
    // readable.
    AwaitProcessesGone();
    if (pidfd_.is_open()) {
      syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), SIGKILL, nullptr, 0);
      return;
    }
  }
  if (child::SendMessage(supervisor_.native_handle(), Kind::kKill, 0)) return;
  // Either the socket is full of interrupts that the supervisor has not read yet, or the supervisor
  // is gone.
  ending_.SetAfter(kKillRetry);
}

void SandboxProcess::OnEndingLate() {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (alive()) return Kill(StopReason::kProtocolViolation);  // See ExpectEnd.
  if (state_ != State::kDead) KillProcesses();
}

void SandboxProcess::StartWatchdog() {
  // A series of short cells does not postpone it.
  watchdog_.BringForward(std::max(
      rest_ends_, LazyTimer::Clock::now() + (state_ == State::kRunning ? kBusyWatch : kIdleWatch)));
}

void SandboxProcess::Watch() {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (state_ == State::kDead || state_ == State::kEnding) return;
  // A starting process runs none of the guest's code, and cannot be inspected yet.
  if (state_ == State::kStarting) return StartWatchdog();
  if (state_ == State::kIdle && meter_.Asleep()) return StartWatchdog();
  ReadFrames();  // The guest does not notify of half a line.
  MeasureTree();
}

void SandboxProcess::MeasureTree() {
  if (std::exchange(looking_, true)) return;
  samplers_->Post([self = shared_from_this(), run = run_, own_cpu = meter_.OwnCpu()]() mutable {
    TreeSampler::Reading reading = self->tree_sampler_.Take();
    EventLoop* loop = self->loop_;
    loop->Post([self = std::move(self), reading = std::move(reading), own_cpu, run] {
      if (self->state_ == State::kIdle && run == self->run_)
        self->meter_.NoteTree(reading.tree, reading.cpu, own_cpu);
      self->OnTreeMeasured(reading, run);
    });
  });
}

void SandboxProcess::OnTreeMeasured(const TreeSampler::Reading& reading, uint64_t run) {
  looking_ = false;
  if (state_ == State::kDead || state_ == State::kEnding) return;
  rest_ends_ = LazyTimer::Clock::now() +
               absl::ToChronoNanoseconds(std::min(kRestAfterASample * reading.cost, kLongestRest));
  if (cell_ != nullptr && !cell_waits_ && run == run_)
    cell_->cpu = std::max(cell_->cpu, meter_.SinceStart(reading.cpu));
  if (reading.excess.has_value() && IsApplied(Layer::kTreeWatchdog)) return Kill(*reading.excess);
  if (cell_ != nullptr && cell_->cpu > cell_->cpu_time && IsApplied(Layer::kCpuTime))
    Interrupt(StopReason::kCpuTimeLimit);
  StartWatchdog();
}

}  // namespace carrel
