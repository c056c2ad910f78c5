#include "sandbox/host/interpreter_process.h"

#include <poll.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/layers.h"
#include "sandbox/posix/cpus.h"
#include "sandbox/posix/syscall_name.h"

namespace carrel {
namespace {

using Kind = SupervisorMessage::Kind;

// The time limit for a child to confine itself.
constexpr std::chrono::seconds kStartPatience{60};
// The time that a process which has closed its frame socket has to end.
constexpr std::chrono::seconds kEndingPatience{2};
constexpr std::chrono::milliseconds kBusyWatch{250};
constexpr std::chrono::milliseconds kIdleWatch{5000};
// After a cell this short an inline poll is tried for the next one, which may be over before the
// thread that requested it is needed elsewhere (EventLoop::PollInline).
constexpr absl::Duration kBrief = absl::Microseconds(500);

}  // namespace

InterpreterProcess::InterpreterProcess(EventLoop* loop, asio::thread_pool* pool,
                                       SamplingThreads* samplers, InterpreterEndpoints endpoints,
                                       const SandboxLimits& limits,
                                       absl::Duration interrupt_grace_period)
    : loop_(loop),
      usage_(loop, samplers, endpoints.supervisor, limits),
      sandbox_(loop, pool, std::move(endpoints.supervisor), this),
      reader_(loop, std::move(endpoints.output), this),
      stopper_(loop, interrupt_grace_period,
               {[this] { return sandbox_.SendInterrupt(); },
                [this](StopReason reason) { Kill(reason); }}),
      start_timeout_(loop, [this] { Kill(StopReason::kTimeout); }),
      watchdog_(loop, [this] { Watch(); }),
      ending_(loop, [this] { OnEndingLate(); }) {}

// --------------------------------------------------------------- start and end

void InterpreterProcess::Start(absl::AnyInvocable<void(const absl::Status&)> on_ready) {
  on_ready_ = std::move(on_ready);
  reader_.Start();
  sandbox_.Start();
  StartWatchdog();
  start_timeout_.SetAfter(kStartPatience);
}

void InterpreterProcess::OnReady() {
  state_ = State::kIdle;
  start_timeout_.Clear();
  CellMeter& meter = usage_.meter();
  meter.Find();
  if (meter.interpreter() != 0) only_cpu_ = OnlyCpuOf(meter.interpreter());
  sandbox_.OnStarted();
  if (on_ready_) std::exchange(on_ready_, nullptr)(absl::OkStatus());
}

bool InterpreterProcess::IsConnected() {
  if (!alive()) return false;
  // The empty event masks report only POLLHUP and POLLERR, which are always reported.
  pollfd sockets[] = {{reader_.socket(), 0, 0}, {sandbox_.socket(), 0, 0}};
  return poll(sockets, 2, 0) == 0;
}

void InterpreterProcess::Abandon() {
  stopper_.Stop();
  cell_.reset();
  output_.End();
  on_ready_ = nullptr;
  on_death_ = nullptr;
  Kill(StopReason::kSessionDeleted);
}

void InterpreterProcess::Kill(StopReason reason) {
  if (state_ == State::kEnding || state_ == State::kDead) return;
  // An interpreter that has died by itself already was not killed by the host.
  sandbox_.ReadMessages();
  if (!seen_.wait_status.has_value()) seen_.killed_for = reason;
  if (running() != nullptr) MeasureCell();
  stopper_.Stop();
  if (state_ != State::kStarting) state_ = State::kEnding;
  sandbox_.Kill();
}

void InterpreterProcess::OnFramesEnded() {
  if (alive()) ending_.SetAfter(kEndingPatience);
}

void InterpreterProcess::OnEndingLate() {
  const std::shared_ptr<void> self = shared_from_this();
  if (alive()) Kill(StopReason::kProtocolViolation);
}

void InterpreterProcess::OnProcessesGone() {
  sandbox_.ReadMessages();
  state_ = State::kEnding;
  // All writers are dead: what they have written is read to its end.
  reader_.ReadToEnd();
  state_ = State::kDead;
  reader_.Close();
  sandbox_.Close();
  stopper_.Stop();
  for (LazyTimer* timer : {&start_timeout_, &watchdog_, &ending_}) timer->Clear();
  sandbox_.RemoveCgroup([self = shared_from_this()](const absl::optional<CgroupEnding>& cgroup) {
    self->ReportDeath(cgroup);
  });
}

void InterpreterProcess::ReportDeath(const absl::optional<CgroupEnding>& cgroup) {
  seen_.cgroup = cgroup;
  seen_.writer_had_no_memory = reader_.WriterHadNoMemory();
  if (cell_ != nullptr) seen_.interrupted_for = cell_->interrupt_reason();
  const Death death = DescribeDeath(seen_);
  if (on_ready_) std::exchange(on_ready_, nullptr)(DescribeFailedStart(death, failed_step_));
  if (cell_ != nullptr) {
    // No supervisor was left to report them.
    if (DiedOfMemory(seen_) && running() != nullptr)
      cell_->NoteUsage(usage_.meter().SinceStart(cgroup->cpu), cgroup->peak_memory_bytes);
    Outcome outcome;
    outcome.status = Outcome::Status::kDied;
    outcome.death = death;
    FinishCell(std::move(outcome));
  } else if (on_death_) {
    std::exchange(on_death_, nullptr)(death);
  }
}

// ------------------------------------------------------- frames and messages

void InterpreterProcess::OnText(OutputStream stream, std::string bytes) {
  output_.AddText(stream, std::move(bytes));
}

void InterpreterProcess::OnLasting() {
  if (running() != nullptr) cell_->sink()->OnLasting();
}

void InterpreterProcess::OnFrame(const internal::GuestFrame& frame) {
  if (frame.has_ready() && state_ == State::kStarting) return OnReady();
  // Output of a thread between two cells.
  if (frame.cell() == 0 && output_.AddFrame(frame)) return;
  if (running() == nullptr || frame.cell() != cell_number_) return OnProtocolViolation();
  if (output_.AddFrame(frame)) return;
  switch (frame.frame_case()) {
    case internal::GuestFrame::kError:
      return cell_->NoteException(frame.error());
    case internal::GuestFrame::kDone:
      return OnDone(frame.done());
    default:
      return OnProtocolViolation();
  }
}

void InterpreterProcess::OnDone(const internal::CellDone& done) {
  if (state_ != State::kRunning) return;  // The cell was killed already; that is its outcome.
  reader_.DrainPipes();
  sandbox_.ReadMessages();  // Refusals were reported before the cell could end.
  MeasureCell();
  state_ = State::kIdle;
  FinishCell(cell_->OutcomeOf(done));
}

void InterpreterProcess::OnSupervisorMessage(const SupervisorMessage& message) {
  switch (message.kind) {
    case Kind::kFailed:
      failed_step_ = std::string(StepOf(message));
      absl::StrAppend(&failed_step_, ": ", strerror(message.value));
      return;
    case Kind::kExited:
      return OnExited(message);
    case Kind::kInterrupted:
      if (stopper_.OnInterrupted() && cell_ != nullptr && !cell_->begun()) BeginCell();
      return;
    case Kind::kRefused:
      if (running() != nullptr) cell_->sink()->OnRefusedCall(SyscallName(message.value));
      return;
    case Kind::kTooMany:
      if (running() != nullptr) cell_->sink()->OnRefusedCall("fork");
      return;
    default:
      return;
  }
}

void InterpreterProcess::OnExited(const SupervisorMessage& message) {
  seen_.wait_status = message.value;
  if (running() == nullptr) return;
  MeasureCell();
  cell_->NoteUsage(usage_.meter().SinceStart(absl::Microseconds(message.cpu_microseconds)),
                   message.peak_memory_bytes);
}

// --------------------------------------------------------------------- cells

void InterpreterProcess::Run(const Cell& cell, CellSink* sink,
                             absl::AnyInvocable<void(Outcome)> done) {
  cell_ = std::make_unique<CellRun>(cell, sink, std::move(done));
  state_ = State::kRunning;
  ++run_;
  stopper_.Start(cell_.get());
  // An interrupt of the previous cell must not reach this one.
  if (stopper_.idle()) BeginCell();
}

void InterpreterProcess::BeginCell() {
  // Earlier output and displays belong to no cell.
  if (reader_.HasText()) reader_.ReadFrames();
  if (state_ != State::kRunning) return;  // The output broke the protocol.
  usage_.meter().Start();
  cell_->Begin(loop_);
  reader_.SendCell(++cell_number_, cell_->cell().code, cell_->awaited(), was_brief_, only_cpu_);
  // The interpreter runs meanwhile; its output is read in a later loop iteration.
  cell_->sink()->OnStarted();
  output_.Begin(cell_->sink(), cell_->cell().display_bytes);
  StartWatchdog();
}

void InterpreterProcess::MeasureCell() {
  const CellMeter::Reading reading = usage_.meter().Stop(cell_->Wall());
  cell_->NoteUsage(reading.cpu, reading.peak_memory_bytes);
}

void InterpreterProcess::FinishCell(Outcome outcome) {
  stopper_.Stop();
  output_.End();
  std::unique_ptr<CellRun> cell = std::move(cell_);
  was_brief_ = cell->Wall() < kBrief;
  cell->Finish(std::move(outcome));
  if (state_ != State::kIdle) return;
  reader_.AwaitNotification();
  usage_.meter().Rest();
}

// ----------------------------------------------------------- stopping, limits

void InterpreterProcess::Interrupt(StopReason reason) {
  if (state_ == State::kRunning) stopper_.Interrupt(reason);
}

void InterpreterProcess::StartWatchdog() {
  // A series of short cells does not postpone it.
  watchdog_.BringForward(
      std::max(usage_.rest_ends(),
               LazyTimer::Clock::now() + (state_ == State::kRunning ? kBusyWatch : kIdleWatch)));
}

void InterpreterProcess::Watch() {
  const std::shared_ptr<InterpreterProcess> self = shared_from_this();
  if (state_ == State::kDead || state_ == State::kEnding) return;
  // A starting process runs none of the guest's code, and cannot be inspected yet.
  if (state_ == State::kStarting) return StartWatchdog();
  if (state_ == State::kIdle && usage_.meter().Asleep()) return StartWatchdog();
  reader_.ReadFrames();  // The guest does not notify of half a line.
  usage_.SampleTree(
      [self, run = run_](const TreeSampler::Reading& reading, absl::Duration own_cpu) {
        if (self->state_ == State::kIdle && run == self->run_)
          self->usage_.meter().NoteTree(reading.tree, reading.cpu, own_cpu);
        self->OnSampled(reading, run);
      });
}

void InterpreterProcess::OnSampled(const TreeSampler::Reading& reading, uint64_t run) {
  if (state_ == State::kDead || state_ == State::kEnding) return;
  if (running() != nullptr && run == run_)
    cell_->NoteUsage(usage_.meter().SinceStart(reading.cpu), 0);
  if (reading.excess.has_value() && IsApplied(Layer::kTreeWatchdog)) return Kill(*reading.excess);
  if (cell_ != nullptr && cell_->ExceedsCpuTime() && IsApplied(Layer::kCpuTime))
    Interrupt(StopReason::kCpuTimeLimit);
  StartWatchdog();
}

}  // namespace carrel
