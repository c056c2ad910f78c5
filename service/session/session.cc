#include "service/session/session.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/time/clock.h"
#include "service/model/errors.h"
#include "service/model/limits.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

// Returns a callback for a record that nobody waits for.
SessionStore::Done LogFailure(const std::string& id) {
  return [id](const absl::Status& status) {
    if (!status.ok()) spdlog::error("session {}: not recorded: {}", id, status.ToString());
  };
}

}  // namespace

Session::Session(EventLoop* loop, const SessionStores* stores, const ServerSettings* settings,
                 SessionSpec spec, uint32_t uid, std::shared_ptr<SessionFiles> files)
    : loop_(loop),
      stores_(stores),
      settings_(settings),
      spec_(std::move(spec)),
      name_(SessionNameOf(spec_.id)),
      uid_(uid),
      files_(std::move(files)),
      executions_(stores, spec_.id),
      id_checks_(stores->executions),
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
  *proto.mutable_expire_time() = carrel::ToProto(IdleUntil());
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
  if (actions & kRecordLoss) {
    slot_->RecordLoss(event == SessionEvent::kCellDied ? executions_.current()->name() : "");
    if (recorded_ && !closing()) stores_->sessions->Put(MakeRecord(), LogFailure(id()));
  }
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

SessionRecord Session::MakeRecord() const {
  SessionRecord record;
  record.id = spec_.id;
  record.owner = spec_.owner;
  record.image = spec_.image.settings->config.name();
  record.labels = spec_.labels;
  record.limits = spec_.limits;
  record.environment = spec_.environment;
  record.idle_timeout = spec_.idle_timeout;
  record.create_time = created_;
  record.last_active_time = last_active_;
  record.generation = slot_->generation();
  record.last_loss = slot_->last_loss();
  record.directory = files_->folder();
  record.uid = uid_;
  return record;
}

void Session::StartRecording(absl::AnyInvocable<void(absl::Status)> done) {
  recorded_ = true;
  stores_->sessions->Put(MakeRecord(), std::move(done));
}

bool Session::ready() const {
  return !closing() && slot_->interpreter() != nullptr && slot_->interpreter()->IsConnected();
}

// ----------------------------------------------------------------- what callers change

void Session::Update(const std::vector<std::string>& paths, const v1::Session& from,
                     absl::Duration idle_timeout, absl::AnyInvocable<void(absl::Status)> done) {
  const v1::Limits limits = WithFallback(from.limits(), spec_.image.settings->default_limits);
  for (const std::string& path : paths) {
    if (path == "labels") spec_.labels = from.labels();
    if (path == "idle_timeout") spec_.idle_timeout = idle_timeout;
    if (path == "limits.execution_timeout")
      *spec_.limits.mutable_execution_timeout() = limits.execution_timeout();
    if (path == "limits.output_bytes") spec_.limits.set_output_bytes(limits.output_bytes());
    if (path == "limits.display_bytes") spec_.limits.set_display_bytes(limits.display_bytes());
  }
  stores_->sessions->Put(MakeRecord(), std::move(done));
}

void Session::DeleteImages(const std::string& execution_id) {
  files_->Post([files = files_, execution_id] { files->RemoveImages(execution_id); });
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
  const bool busy = !executions_.idle() || id_checks_.pending() > 0 || transfers_ > 0;
  return busy ? absl::InfiniteFuture() : IdleUntil();
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

void Session::DestroyFiles() {
  // It lives on the loop. The session itself may go with a transfer that ends later, elsewhere.
  quota_watchdog_ = nullptr;
  executions_.ForgetAll([self = shared_from_this()](const absl::Status& forgotten) {
    self->destroyed_ = forgotten;
    self->stores_->sessions->Delete(self->id(), [self](const absl::Status& deleted) {
      self->destroyed_.Update(deleted);
      self->DestroyWorkspace();
    });
  });
}

void Session::DestroyWorkspace() {
  // Posted, so that the interpreter that was dropped is destroyed first.
  loop_->Post([self = shared_from_this()] {
    self->files_->Post([self] {
      absl::Status status = self->files_->Destroy();
      EventLoop* loop = self->loop_;
      loop->Post([self, status] {
        self->destroyed_.Update(status);
        self->Handle(SessionEvent::kFilesDestroyed);
      });
    });
  });
}

}  // namespace carrel
