#include "service/session/interpreter_slot.h"

#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "service/execution/outcome.h"
#include "service/model/time_proto.h"
#include "service/model/utf8.h"

namespace carrel {
namespace {

// A zygote without a spare that is being replaced starts no interpreter for some seconds. One with
// a spare refuses once: by the next attempt the processes that the dying zygote may have begun for
// the session have ended.
constexpr int kMaxAttempts = 300;
constexpr auto kRetryDelay = std::chrono::milliseconds(100);
constexpr size_t kMaxLossMessageBytes = 1024;

}  // namespace

InterpreterSlot::InterpreterSlot(EventLoop* loop, Zygote* zygote, SpawnOptions options,
                                 std::shared_ptr<SessionFiles> files)
    : loop_(loop),
      zygote_(zygote),
      options_(std::move(options)),
      files_(std::move(files)),
      retry_(loop, [this] { OnRetryDue(); }) {}

void InterpreterSlot::Spawn() {
  if (!std::exchange(temporary_used_, true)) return SpawnNow();
  // The content of /tmp ends with the interpreter that wrote it.
  files_->Post([self = shared_from_this()]() mutable {
    absl::Status cleared = self->files_->workspace()->ClearTemporary();
    EventLoop* loop = self->loop_;
    loop->Post([self = std::move(self), cleared] {
      if (cleared.ok()) return self->SpawnNow();
      self->OnSpawnFailed(cleared);
    });
  });
}

void InterpreterSlot::SpawnNow() {
  zygote_->Spawn(options_, [self = shared_from_this()](
                               absl::StatusOr<std::unique_ptr<Interpreter>> interpreter) {
    self->OnSpawned(std::move(interpreter));
  });
}

void InterpreterSlot::OnSpawned(absl::StatusOr<std::unique_ptr<Interpreter>> interpreter) {
  if (!interpreter.ok()) return OnSpawnFailed(interpreter.status());
  attempts_ = 0;
  interpreter_ = *std::move(interpreter);
  // A shared pointer would have the interpreter own its owner.
  interpreter_->set_on_death([weak = weak_from_this()](const Death& death) {
    std::shared_ptr<InterpreterSlot> self = weak.lock();
    if (self == nullptr) return;
    self->death_ = death;
    self->on_event_(SessionEvent::kInterpreterDied);
  });
  on_event_(SessionEvent::kInterpreterReady);
}

void InterpreterSlot::OnSpawnFailed(const absl::Status& status) {
  failure_ = status;
  if (absl::IsUnavailable(status) && ++attempts_ < kMaxAttempts)
    return on_event_(SessionEvent::kSpawnRefused);
  attempts_ = 0;
  on_event_(SessionEvent::kSpawnFailed);
}

void InterpreterSlot::ScheduleRetry() {
  retry_scheduled_ = true;
  retry_.SetAfter(kRetryDelay);
}

void InterpreterSlot::HurryRetry() {
  if (retry_scheduled_) retry_.Set(LazyTimer::Clock::now());
}

void InterpreterSlot::OnRetryDue() {
  retry_scheduled_ = false;
  on_event_(SessionEvent::kRetryDue);
}

void InterpreterSlot::Kill(StopReason reason) {
  if (interpreter_ != nullptr) interpreter_->Kill(reason);
}

void InterpreterSlot::Drop() {
  loop_->Post([dropped = std::move(interpreter_)] {});
  interpreter_ = nullptr;
}

void InterpreterSlot::RecordLoss(const std::string& execution_name) {
  last_loss_.set_generation(generation_);
  last_loss_.set_cause(CauseOf(death_));
  last_loss_.set_message(SanitizeUtf8(death_.message, kMaxLossMessageBytes));
  last_loss_.set_execution(execution_name);
  *last_loss_.mutable_time() = ToProto(absl::Now());
  loss_unreported_ = true;
  ++generation_;
}

const v1::InterpreterLoss* InterpreterSlot::TakeUnreportedLoss() {
  return std::exchange(loss_unreported_, false) ? &last_loss_ : nullptr;
}

}  // namespace carrel
