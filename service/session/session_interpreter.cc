// The part of Session that starts its interpreters and closes the session.
#include <spdlog/spdlog.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/execution/outcome.h"
#include "service/requests/errors.h"
#include "service/requests/limits.h"
#include "service/requests/time_proto.h"
#include "service/requests/utf8.h"
#include "service/session/session.h"

namespace carrel {
namespace {

// While a zygote without a spare is being replaced, no interpreter can be started for seconds. With
// a spare, one more attempt suffices: by then the process that the dying zygote may have forked for
// the session has ended.
constexpr int kMaxSpawnAttempts = 300;
constexpr auto kSpawnRetryDelay = std::chrono::milliseconds(100);

constexpr char kDeletedMessage[] = "The session was deleted before it started.";

}  // namespace

void Session::Spawn() {
  spawning_ = true;
  if (!temporary_used_) return SpawnNow();
  // Files that the previous interpreter left in /tmp are deleted.
  files_->Post([self = shared_from_this()]() mutable {
    absl::Status cleared = self->files_->workspace()->ClearTemporary();
    EventLoop* loop = self->loop_;
    loop->Post([self = std::move(self), cleared] {
      if (cleared.ok()) return self->SpawnNow();
      self->spawning_ = false;
      self->OnSpawnFailed(cleared);
    });
  });
}

void Session::SpawnNow() {
  temporary_used_ = true;
  SpawnOptions options;
  options.workspace = files_->folder() + "/files";
  options.private_folder = files_->folder() + "/private";
  options.uid = uid_;
  options.limits = ToSandboxLimits(spec_.limits);
  options.environment = spec_.environment;
  options.interrupt_grace_period = settings_->interrupt_grace_period;
  spec_.image.zygote->Spawn(
      std::move(options),
      [self = shared_from_this()](absl::StatusOr<std::unique_ptr<Sandbox>> sandbox) {
        self->OnSpawned(std::move(sandbox));
      });
}

void Session::OnSpawned(absl::StatusOr<std::unique_ptr<Sandbox>> sandbox) {
  spawning_ = false;
  if (!sandbox.ok()) {
    OnSpawnFailed(sandbox.status());
    return;
  }
  spawn_attempts_ = 0;
  sandbox_ = *std::move(sandbox);
  // A shared_ptr here would make a cycle: the session owns the sandbox.
  sandbox_->set_on_death([weak = weak_from_this()](const Death& death) {
    if (std::shared_ptr<Session> self = weak.lock()) self->OnDeath(death);
  });
  if (closing_) {
    sandbox_->Kill(StopReason::kSessionDeleted);
    return;
  }
  if (opened_) std::exchange(opened_, nullptr)(absl::OkStatus());
  if (phase_ == Phase::kWaitingForInterpreter) RunCurrent();
}

void Session::OnSpawnFailed(const absl::Status& status) {
  if (closing_) {
    MaybeFinishClosing();
    return;
  }
  if (absl::IsUnavailable(status) && ++spawn_attempts_ < kMaxSpawnAttempts) {
    RetrySpawn();
    return;
  }
  spawn_attempts_ = 0;
  spdlog::error("session {}: no interpreter: {}", spec_.id, status.ToString());
  if (opened_) {
    // RESOURCE_EXHAUSTED means that descriptors have run out, most likely, until sessions are
    // deleted.
    const bool later = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
    std::exchange(opened_, nullptr)(later ? InterpreterUnavailable(status.message())
                                          : ServerError(status.message()));
    return;
  }
  if (phase_ == Phase::kWaitingForInterpreter) {
    AbandonCurrent(v1::Execution::SERVER_ERROR,
                   absl::StrCat("No interpreter could be started: ", status.message()));
  }
}

void Session::RetrySpawn() {
  spawning_ = true;
  spawn_timer_.expires_after(kSpawnRetryDelay);
  loop_->Wait(&spawn_timer_, [self = shared_from_this()](std::error_code) {
    if (!self->closing_) {
      self->Spawn();
      return;
    }
    self->spawning_ = false;
    self->MaybeFinishClosing();
  });
}

void Session::OnDeath(const Death& death) {
  workspace_watch_->Stop();  // Nothing is left that writes.
  if (!loss_recorded_) RecordLoss(death, "");
  loss_recorded_ = false;
  // The sandbox is calling this session, so it is destroyed later.
  loop_->Post([dead = std::move(sandbox_), self = shared_from_this()]() mutable {
    dead.reset();
    self->MaybeFinishClosing();
  });
  sandbox_ = nullptr;
  if (phase_ == Phase::kWaitingForInterpreter && !closing_) Spawn();
}

void Session::RecordLoss(const Death& death, const std::string& execution_name) {
  last_loss_.set_generation(generation_);
  last_loss_.set_cause(CauseOf(death));
  last_loss_.set_message(SanitizeUtf8(death.message, 1024));
  last_loss_.set_execution(execution_name);
  *last_loss_.mutable_time() = carrel::ToProto(absl::Now());
  loss_untold_ = true;
  ++generation_;
}

// ------------------------------------------------------------------- taking down

void Session::Close(absl::AnyInvocable<void(absl::Status)> done) {
  closed_ = std::move(done);
  closing_ = true;
  files_->StopHashing();
  opened_ = nullptr;
  spawn_timer_.cancel();
  for (const std::shared_ptr<Execution>& execution : std::exchange(queue_, {}))
    AbandonExecution(execution, v1::Execution::SESSION_DELETED, kDeletedMessage);
  if (sandbox_ != nullptr) sandbox_->Kill(StopReason::kSessionDeleted);
  if (phase_ == Phase::kWaitingForInterpreter)
    AbandonCurrent(v1::Execution::SESSION_DELETED, kDeletedMessage);
  MaybeFinishClosing();
}

void Session::MaybeFinishClosing() {
  if (!closed_ || sandbox_ != nullptr || spawning_ || current_ != nullptr) return;
  history_->DeleteSession(spec_.id);
  // The watch lives on the loop, so it is destroyed here. The rest may be destroyed on the pool,
  // with a transfer that ends later.
  workspace_watch_ = nullptr;
  files_->Post([self = shared_from_this(), done = std::exchange(closed_, nullptr)]() mutable {
    absl::Status status = self->files_->Destroy();
    EventLoop* loop = self->loop_;
    loop->Post(
        [self = std::move(self), status, done = std::move(done)]() mutable { done(status); });
  });
}

}  // namespace carrel
