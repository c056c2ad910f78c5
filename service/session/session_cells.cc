// The cells of a session: from their submission to the end of their executions.
#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/model/errors.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"
#include "service/session/random_id.h"
#include "service/session/session.h"

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

void Session::CheckAndAccept(ExecutionSpec spec, Accepted done) {
  if (static_cast<int>(id_checks_.pending()) > settings_->max_queue_length)
    return done(QueueFull(name_, settings_->max_queue_length));
  const std::string chosen_id = spec.id;
  // One that is live may be finished, and forgotten as live, before the check ends.
  if (!chosen_id.empty() && executions_.FindLive(chosen_id) != nullptr)
    return done(ExecutionExists(ExecutionNameOf(id(), chosen_id)));
  id_checks_.Check(id(), chosen_id,
                   [self = shared_from_this(), spec = std::move(spec),
                    done = std::move(done)](const absl::Status& status) mutable {
                     // The session may have been closed meanwhile; Accept says so.
                     if (!status.ok() && !self->closing()) return done(status);
                     done(self->Accept(std::move(spec)));
                   });
}

absl::StatusOr<std::shared_ptr<Execution>> Session::Accept(ExecutionSpec spec) {
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
  id_checks_.NoteAccepted(execution->spec().id);
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
  executions_.Finish(executions_.TakeCurrent(), std::move(effects));
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

void Session::Cancel(const std::string& execution_id,
                     absl::AnyInvocable<void(absl::StatusOr<v1::Execution>)> done) {
  std::shared_ptr<Execution> execution = executions_.FindLive(execution_id);
  if (execution == nullptr) return executions_.Find(execution_id, std::move(done));
  if (execution == executions_.current()) {
    Handle(SessionEvent::kCancelCell);
  } else {
    executions_.Dequeue(execution);
    execution->Abandon(v1::Execution::CANCELLED_BY_CALLER, kCancelledMessage);
    executions_.Finish(execution, {});
  }
  done(execution->proto());
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

void Session::AbandonQueue() {
  for (const std::shared_ptr<Execution>& execution : executions_.TakeQueue()) {
    execution->Abandon(v1::Execution::SESSION_DELETED, kDeletedMessage);
    executions_.Finish(execution, {});
  }
}

}  // namespace carrel
