#include "service/session/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/execution/outcome.h"
#include "service/requests/errors.h"
#include "service/requests/limits.h"
#include "service/requests/resource_name.h"
#include "service/requests/time_proto.h"
#include "service/requests/utf8.h"
#include "service/session/random_id.h"

namespace carrel {
namespace {

// Minimum time between two measurements of the workspace.
constexpr auto kBusyWatch = std::chrono::seconds(1);
constexpr auto kIdleWatch = std::chrono::seconds(10);
// Maximum bytes of the displayed images of all executions of a session together.
constexpr int64_t kMostImageBytes = int64_t{128} << 20;

// The result is at least what one execution may display: so none loses its own images.
int64_t MaxImageBytes(const v1::Limits& limits) {
  return std::max(limits.display_bytes(), std::min(limits.workspace_bytes(), kMostImageBytes));
}

}  // namespace

Session::Session(EventLoop* loop, ExecutionStore* history, const ServerSettings* settings,
                 SessionSpec spec, uint32_t uid, std::shared_ptr<SessionFiles> files)
    : loop_(loop),
      history_(history),
      settings_(settings),
      spec_(std::move(spec)),
      name_(SessionNameOf(spec_.id)),
      uid_(uid),
      files_(std::move(files)),
      spawn_timer_(loop->context()),
      created_(absl::Now()),
      last_active_(created_) {}

v1::Session Session::ToProto() const {
  v1::Session proto;
  proto.set_name(name_);
  proto.set_image(spec_.image.settings->config.name());
  *proto.mutable_labels() = spec_.labels;
  *proto.mutable_limits() = spec_.limits;
  *proto.mutable_idle_timeout() = carrel::ToProto(spec_.idle_timeout);
  proto.set_state(closing_   ? v1::Session::DELETING
                  : current_ ? v1::Session::RUNNING
                             : v1::Session::IDLE);
  proto.set_generation(generation_);
  if (last_loss_.generation() > 0) *proto.mutable_last_loss() = last_loss_;
  *proto.mutable_create_time() = carrel::ToProto(created_);
  *proto.mutable_last_active_time() = carrel::ToProto(last_active_);
  *proto.mutable_expire_time() = carrel::ToProto(last_active_ + spec_.idle_timeout);
  proto.set_pending_execution_count(static_cast<int32_t>(queue_.size()) + (current_ ? 1 : 0));
  return proto;
}

void Session::Open(absl::AnyInvocable<void(absl::Status)> done) {
  opened_ = std::move(done);
  workspace_watch_ = files_->MakeWatch(loop_, [weak = weak_from_this()](StopReason reason) {
    if (std::shared_ptr<Session> self = weak.lock()) self->OnWorkspaceExceeded(reason);
  });
  Spawn();
}

void Session::Claim(SessionSpec spec) {
  if (spec.id.empty()) spec.id = spec_.id;
  spec_ = std::move(spec);
  name_ = SessionNameOf(spec_.id);
  files_->set_session_id(spec_.id);
  created_ = last_active_ = absl::Now();
}

// ------------------------------------------------------------------- cells

absl::StatusOr<std::shared_ptr<Execution>> Session::Submit(ExecutionSpec spec) {
  if (closing_) return SessionNotFound(name_);
  if (spec.id.empty()) spec.id = RandomId();
  if (FindLive(spec.id) != nullptr || history_->Get(spec_.id, spec.id) != nullptr)
    return ExecutionExists(ExecutionNameOf(spec_.id, spec.id));
  if (static_cast<int>(queue_.size()) >= settings_->max_queue_length)
    return QueueFull(name_, settings_->max_queue_length);
  spec.session_id = spec_.id;
  spec.ordinal = ++last_ordinal_;
  if (spec.timeout == absl::ZeroDuration())
    spec.timeout = FromProto(spec_.limits.execution_timeout());
  // Without this limit, the timeout limits CPU time: the session has only so many CPUs.
  if (spec_.limits.has_execution_cpu_time())
    spec.cpu_time = FromProto(spec_.limits.execution_cpu_time());
  spec.output_bytes = spec_.limits.output_bytes();
  spec.display_bytes = spec_.limits.display_bytes();
  spec.max_inline_image_bytes = settings_->max_inline_image_bytes;
  // Called only while a cell runs, so *this lives.
  ImageStore store;
  store.save = [this, id = spec.id](DisplayedImage image) { SaveImage(id, std::move(image)); };
  store.remove = [this, id = spec.id](const std::string& image_id) {
    files_->Post([files = files_, id, image_id] { files->RemoveImage(id, image_id); });
  };
  auto execution = std::make_shared<Execution>(loop_, std::move(spec), std::move(store));
  queue_.push_back(execution);
  return execution;
}

void Session::StartNext() {
  if (closing_ || current_ != nullptr || queue_.empty()) return;
  current_ = queue_.front();
  queue_.pop_front();
  phase_ = Phase::kWaitingForInterpreter;
  if (sandbox_ != nullptr && sandbox_->alive()) {
    RunCurrent();
  } else if (sandbox_ == nullptr && !spawning_) {
    Spawn();
  }
  // Otherwise OnSpawned or OnDeath runs the cell.
}

void Session::RunCurrent() {
  phase_ = Phase::kRunning;
  current_->Begin(generation_, loss_untold_ ? &last_loss_ : nullptr);
  loss_untold_ = false;
  workspace_watch_->StartBusy(kBusyWatch);
  sandbox_->Run(current_->cell(), current_.get(),
                [self = shared_from_this()](const Outcome& outcome) { self->OnCellDone(outcome); });
}

void Session::OnWorkspaceExceeded(StopReason reason) {
  if (sandbox_ != nullptr) sandbox_->Kill(reason);
}

void Session::OnCellDone(const Outcome& outcome) {
  workspace_watch_->StartIdle(kIdleWatch);  // Background threads may go on writing.
  current_->End(outcome);
  if (outcome.status == Outcome::Status::kDied) {
    RecordLoss(outcome.death, current_->name());
    loss_recorded_ = true;
  }
  if (closing_) {
    FinishCurrent({});
  } else if (images_being_saved_ == 0 && files_->IsUnchanged()) {
    // Deferred, since the sandbox is calling this session: it must not be given the next cell
    // meanwhile.
    phase_ = Phase::kScanning;
    loop_->AtTurnEnd([self = shared_from_this()] { self->FinishCurrent({}); });
  } else {
    StartScan();
  }
}

void Session::StartScan() {
  phase_ = Phase::kScanning;
  by_caller_.clear();
  files_->Post([self = shared_from_this()] {
    self->files_->Scan([self](WorkspaceEffects effects) {
      self->loop_->Post(
          [self, effects = std::move(effects)]() mutable { self->OnScanned(std::move(effects)); });
      self->files_->Settle();
    });
  });
}

void Session::OnScanned(WorkspaceEffects effects) {
  auto& artifacts = effects.artifacts;
  artifacts.erase(std::remove_if(artifacts.begin(), artifacts.end(),
                                 [this](const v1::Artifact& artifact) {
                                   return by_caller_.contains(artifact.path());
                                 }),
                  artifacts.end());
  FinishCurrent(std::move(effects));
}

void Session::FinishCurrent(WorkspaceEffects effects) {
  std::shared_ptr<Execution> execution = std::move(current_);
  current_ = nullptr;
  phase_ = Phase::kNone;
  last_active_ = absl::Now();
  FinishExecution(execution, std::move(effects));
  StartNext();
  MaybeFinishClosing();
}

void Session::FinishExecution(const std::shared_ptr<Execution>& execution,
                              WorkspaceEffects effects) {
  execution->Finish(std::move(effects));
  ExecutionRecord record;
  record.id = execution->spec().id;
  record.ordinal = execution->spec().ordinal;
  if (execution->has_images())
    record.forget_images = [files = files_, id = record.id] {
      files->Post([files, id] { files->RemoveImages(id); });
    };
  record.log = execution->log();
  for (const ExecutionRecord& forgotten : history_->Put(spec_.id, std::move(record)))
    if (forgotten.forget_images) forgotten.forget_images();
}

void Session::AbandonExecution(const std::shared_ptr<Execution>& execution,
                               v1::Execution::Cause cause, const std::string& message) {
  execution->Abandon(cause, message);
  FinishExecution(execution, {});
}

void Session::AbandonCurrent(v1::Execution::Cause cause, const std::string& message) {
  current_->Abandon(cause, message);
  FinishCurrent({});
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
      std::shared_ptr<Execution> execution = self->FindLive(execution_id);
      if (execution != nullptr) execution->OnImageSaved(id, sha256);
    });
  });
}

absl::StatusOr<v1::Execution> Session::Cancel(const std::string& execution_id) {
  static constexpr char kMessage[] = "Cancelled by a caller before it started.";
  std::shared_ptr<Execution> execution = FindLive(execution_id);
  if (execution == nullptr) return FindExecution(execution_id);
  if (execution == current_) {
    if (phase_ == Phase::kRunning) sandbox_->Interrupt(StopReason::kCancelled);
    if (phase_ == Phase::kWaitingForInterpreter)
      AbandonCurrent(v1::Execution::CANCELLED_BY_CALLER, kMessage);
  } else {
    queue_.erase(std::find(queue_.begin(), queue_.end(), execution));
    AbandonExecution(execution, v1::Execution::CANCELLED_BY_CALLER, kMessage);
  }
  return execution->proto();
}

}  // namespace carrel
