#include "service/session/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"
#include "service/session/random_id.h"

namespace carrel {
namespace {

// The pauses between two measurements of the workspace.
constexpr auto kBusyWatch = std::chrono::seconds(1);
constexpr auto kIdleWatch = std::chrono::seconds(10);
// The limit of displayed images, all executions of a session together.
constexpr int64_t kMostImageBytes = int64_t{128} << 20;

constexpr char kCancelledMessage[] = "Cancelled by a caller before it started.";
constexpr char kDeletedMessage[] = "The session was deleted before it started.";

// Images of one execution never displace each other: the limit is what one may display, at least.
int64_t MaxImageBytes(const v1::Limits& limits) {
  return std::max(limits.display_bytes(), std::min(limits.workspace_bytes(), kMostImageBytes));
}

}  // namespace

Session::Session(EventLoop* loop, ExecutionStore* history, const ServerSettings* settings,
                 SessionSpec spec, uint32_t uid, std::shared_ptr<SessionFiles> files)
    : loop_(loop),
      settings_(settings),
      spec_(std::move(spec)),
      name_(SessionNameOf(spec_.id)),
      uid_(uid),
      files_(std::move(files)),
      executions_(history, spec_.id),
      slot_(std::make_shared<InterpreterSlot>(loop, spec_.image.zygote, OptionsOfSpawn(), files_)),
      created_(absl::Now()),
      last_active_(created_) {}

SpawnOptions Session::OptionsOfSpawn() const {
  SpawnOptions options;
  options.workspace = files_->folder() + "/files";
  options.private_folder = files_->folder() + "/private";
  options.uid = uid_;
  options.limits = ToSandboxLimits(spec_.limits);
  options.environment = spec_.environment;
  options.interrupt_grace_period = settings_->interrupt_grace_period;
  return options;
}

v1::Session Session::ToProto() const {
  v1::Session proto;
  proto.set_name(name_);
  proto.set_image(spec_.image.settings->config.name());
  *proto.mutable_labels() = spec_.labels;
  *proto.mutable_limits() = spec_.limits;
  *proto.mutable_idle_timeout() = carrel::ToProto(spec_.idle_timeout);
  proto.set_state(closing()               ? v1::Session::DELETING
                  : executions_.current() ? v1::Session::RUNNING
                                          : v1::Session::IDLE);
  proto.set_generation(slot_->generation());
  if (slot_->last_loss().generation() > 0) *proto.mutable_last_loss() = slot_->last_loss();
  *proto.mutable_create_time() = carrel::ToProto(created_);
  *proto.mutable_last_active_time() = carrel::ToProto(last_active_);
  *proto.mutable_expire_time() = carrel::ToProto(last_active_ + spec_.idle_timeout);
  proto.set_pending_execution_count(executions_.pending_count());
  return proto;
}

// ---------------------------------------------------------------- the state table

void Session::Handle(SessionEvent event) {
  const SessionTransition* transition = FindTransition(state_, event);
  if (transition == nullptr) {
    spdlog::error("session {}: {} is ignored in state {}", id(), NameOf(event), NameOf(state_));
    return;
  }
  state_ = transition->next;
  if (event == SessionEvent::kSpawnFailed)
    spdlog::error("session {}: no interpreter: {}", id(), slot_->failure().ToString());
  Perform(event, transition->actions);
}

void Session::Perform(SessionEvent event, uint32_t actions) {
  // A callback may let go of the last reference to this session.
  const std::shared_ptr<Session> self = shared_from_this();
  PerformOnInterpreter(event, actions);
  if (actions & kAbandonCell) AbandonCell(event);
  if (actions & kStartScan) StartScan();
  if (actions & kFinishCell) FinishCell();
  if (actions & kSpawn) slot_->Spawn();
  if (actions & kScheduleRetry) slot_->ScheduleRetry();
  if (actions & kRunCell) RunCell();
  if (actions & kReportOpened) std::exchange(opened_, nullptr)(absl::OkStatus());
  if (actions & kReportNotOpened) ReportNotOpened();
  if (actions & kDestroyFiles) DestroyFiles();
  if (actions & kReportClosed) std::exchange(closed_, nullptr)(destroyed_);
  if (actions & kTakeNextCell) StartNext();
}

void Session::PerformOnInterpreter(SessionEvent event, uint32_t actions) {
  if (actions & kRecordLoss)
    slot_->RecordLoss(event == SessionEvent::kCellDied ? executions_.current()->name() : "");
  if (actions & kDropInterpreter) {
    quota_watchdog_->Stop();  // No process is left that writes.
    slot_->Drop();
  }
  if (actions & kKillInterpreter) slot_->Kill(StopReason::kSessionDeleted);
  if (actions & kInterruptCell) slot_->interpreter()->Interrupt(StopReason::kCancelled);
}

// ------------------------------------------------------------------------- opening

void Session::Open(absl::AnyInvocable<void(absl::Status)> done) {
  opened_ = std::move(done);
  quota_watchdog_ = files_->MakeQuotaWatchdog(loop_, [weak = weak()](StopReason reason) {
    if (std::shared_ptr<Session> self = weak.lock()) self->slot_->Kill(reason);
  });
  slot_->set_on_event([weak = weak()](SessionEvent event) {
    if (std::shared_ptr<Session> self = weak.lock()) self->Handle(event);
  });
  slot_->Spawn();
}

void Session::ReportNotOpened() {
  const absl::Status& failure = slot_->failure();
  // RESOURCE_EXHAUSTED: of descriptors, most likely, until sessions are deleted.
  const bool later = absl::IsUnavailable(failure) || absl::IsResourceExhausted(failure);
  std::exchange(opened_, nullptr)(later ? InterpreterUnavailable(failure.message())
                                        : ServerError(failure.message()));
}

void Session::Claim(SessionSpec spec) {
  if (spec.id.empty()) spec.id = spec_.id;
  spec_ = std::move(spec);
  name_ = SessionNameOf(spec_.id);
  executions_.set_session_id(spec_.id);
  files_->set_session_id(spec_.id);
  created_ = last_active_ = absl::Now();
}

bool Session::ready() const {
  return !closing() && slot_->interpreter() != nullptr && slot_->interpreter()->IsConnected();
}

// --------------------------------------------------------------------------- cells

absl::StatusOr<std::shared_ptr<Execution>> Session::Submit(ExecutionSpec spec) {
  if (closing()) return SessionNotFound(name_);
  if (spec.id.empty()) spec.id = RandomId();
  if (absl::Status status = executions_.CanAccept(spec.id, settings_->max_queue_length);
      !status.ok())
    return status;
  // Called only while a cell runs, so *this lives.
  ImageStore store;
  store.save = [this, id = spec.id](DisplayedImage image) { SaveImage(id, std::move(image)); };
  store.remove = [this, id = spec.id](const std::string& image_id) {
    files_->Post([files = files_, id, image_id] { files->RemoveImage(id, image_id); });
  };
  auto execution = std::make_shared<Execution>(loop_, Complete(std::move(spec)), std::move(store));
  executions_.Enqueue(execution);
  return execution;
}

ExecutionSpec Session::Complete(ExecutionSpec spec) {
  spec.session_id = id();
  spec.ordinal = executions_.TakeOrdinal();
  if (spec.timeout == absl::ZeroDuration())
    spec.timeout = FromProto(spec_.limits.execution_timeout());
  // The timeout is a limit of CPU time, too, since the session has only so many CPUs.
  if (spec_.limits.has_execution_cpu_time())
    spec.cpu_time = FromProto(spec_.limits.execution_cpu_time());
  spec.output_bytes = spec_.limits.output_bytes();
  spec.display_bytes = spec_.limits.display_bytes();
  spec.max_inline_image_bytes = settings_->max_inline_image_bytes;
  return spec;
}

void Session::StartNext() {
  if (closing() || !executions_.TakeNext()) return;
  const bool dying = state_ == SessionState::kIdle && !slot_->alive();
  Handle(dying ? SessionEvent::kCellDueWhileDying : SessionEvent::kCellDue);
}

void Session::RunCell() {
  const std::shared_ptr<Execution>& current = executions_.current();
  current->Begin(slot_->generation(), slot_->TakeUnreportedLoss());
  quota_watchdog_->StartBusy(kBusyWatch);
  slot_->interpreter()->Run(
      current->cell(), current.get(),
      [self = shared_from_this()](const Outcome& outcome) { self->OnCellDone(outcome); });
}

void Session::OnCellDone(const Outcome& outcome) {
  executions_.current()->End(outcome);
  quota_watchdog_->StartIdle(kIdleWatch);
  if (outcome.status != Outcome::Status::kDied) return Handle(SessionEvent::kCellDone);
  slot_->set_death(outcome.death);
  Handle(SessionEvent::kCellDied);
}

void Session::StartScan() {
  // Later in both cases, since the interpreter is calling: it must not be given the next cell
  // meanwhile.
  if (images_being_saved_ == 0 && files_->IsUnchanged())
    return loop_->AfterCurrent(
        [self = shared_from_this()] { self->Handle(SessionEvent::kChangesKnown); });
  by_caller_.clear();
  files_->Post([self = shared_from_this()] {
    self->files_->Scan([self](WorkspaceEffects effects) {
      self->loop_->Post([self, effects = std::move(effects)]() mutable {
        self->effects_ = std::move(effects);
        self->Handle(SessionEvent::kChangesKnown);
      });
      self->files_->Reconcile();
    });
  });
}

void Session::FinishCell() {
  WorkspaceEffects effects = std::exchange(effects_, {});
  std::erase_if(effects.artifacts, [this](const v1::Artifact& artifact) {
    return by_caller_.contains(artifact.path());
  });
  last_active_ = absl::Now();
  executions_.Finish(executions_.TakeCurrent(), std::move(effects), files_);
}

void Session::AbandonCell(SessionEvent event) {
  const std::shared_ptr<Execution>& current = executions_.current();
  if (event == SessionEvent::kCancelCell) {
    current->Abandon(v1::Execution::CANCELLED_BY_CALLER, kCancelledMessage);
  } else if (event == SessionEvent::kClose) {
    current->Abandon(v1::Execution::SESSION_DELETED, kDeletedMessage);
  } else {
    current->Abandon(v1::Execution::SERVER_ERROR,
                     absl::StrCat("No interpreter could be started: ", slot_->failure().message()));
  }
  FinishCell();
}

absl::StatusOr<v1::Execution> Session::Cancel(const std::string& execution_id) {
  std::shared_ptr<Execution> execution = executions_.FindLive(execution_id);
  if (execution == nullptr) return executions_.Find(execution_id);
  if (execution == executions_.current()) {
    Handle(SessionEvent::kCancelCell);
  } else {
    executions_.Dequeue(execution);
    execution->Abandon(v1::Execution::CANCELLED_BY_CALLER, kCancelledMessage);
    executions_.Finish(execution, {}, files_);
  }
  return execution->proto();
}

void Session::SaveImage(const std::string& execution_id, DisplayedImage image) {
  ++images_being_saved_;
  files_->Post([self = shared_from_this(), execution_id, image = std::move(image),
                max_bytes = MaxImageBytes(spec_.limits)]() mutable {
    absl::StatusOr<std::string> sha256 = self->files_->SaveImage(execution_id, image, max_bytes);
    EventLoop* loop = self->loop_;
    loop->Post([self = std::move(self), execution_id, id = image.id, sha256 = std::move(sha256)] {
      // This comes before the end of the scan that was posted after it.
      --self->images_being_saved_;
      std::shared_ptr<Execution> execution = self->executions_.FindLive(execution_id);
      if (execution != nullptr) execution->OnImageSaved(id, sha256);
    });
  });
}

// ----------------------------------------------------------------- what callers change

void Session::Update(const std::vector<std::string>& paths, const v1::Session& from,
                     absl::Duration idle_timeout) {
  const v1::Limits limits = WithFallback(from.limits(), spec_.image.settings->default_limits);
  for (const std::string& path : paths) {
    if (path == "labels") spec_.labels = from.labels();
    if (path == "idle_timeout") spec_.idle_timeout = idle_timeout;
    if (path == "limits.execution_timeout")
      *spec_.limits.mutable_execution_timeout() = limits.execution_timeout();
    if (path == "limits.output_bytes") spec_.limits.set_output_bytes(limits.output_bytes());
    if (path == "limits.display_bytes") spec_.limits.set_display_bytes(limits.display_bytes());
  }
}

void Session::RecordWrite(const FileInfo& file) {
  files_->Post([files = files_, file] { files->Record(file); });
  if (IsScanning(state_)) by_caller_.insert(file.path.str());
}

void Session::RecordDelete(const WorkspacePath& path) {
  files_->Post([files = files_, path] { files->Forget(path); });
  if (IsScanning(state_)) by_caller_.insert(path.str());
}

std::shared_ptr<void> Session::KeepBusy() {
  ++transfers_;
  return std::shared_ptr<void>(nullptr, [self = shared_from_this()](void*) {
    EventLoop* loop = self->loop_;
    loop->Post([self] {
      --self->transfers_;
      self->Touch();
    });
  });
}

absl::Time Session::ExpireTime() const {
  const bool busy = !executions_.idle() || transfers_ > 0;
  return busy ? absl::InfiniteFuture() : last_active_ + spec_.idle_timeout;
}

// ------------------------------------------------------------------------- deleting

void Session::Close(absl::AnyInvocable<void(absl::Status)> done) {
  closed_ = std::move(done);
  opened_ = nullptr;
  files_->StopHashing();
  AbandonQueue();
  Handle(SessionEvent::kClose);
  slot_->HurryRetry();
}

void Session::AbandonQueue() {
  for (const std::shared_ptr<Execution>& execution : executions_.TakeQueue()) {
    execution->Abandon(v1::Execution::SESSION_DELETED, kDeletedMessage);
    executions_.Finish(execution, {}, files_);
  }
}

void Session::DestroyFiles() {
  executions_.ForgetAll();
  // It lives on the loop. The session itself may go with a transfer that ends later, elsewhere.
  quota_watchdog_ = nullptr;
  // Posted, so that the interpreter that was dropped is destroyed first.
  loop_->Post([self = shared_from_this()] {
    self->files_->Post([self] {
      absl::Status status = self->files_->Destroy();
      EventLoop* loop = self->loop_;
      loop->Post([self, status] {
        self->destroyed_ = status;
        self->Handle(SessionEvent::kFilesDestroyed);
      });
    });
  });
}

}  // namespace carrel
