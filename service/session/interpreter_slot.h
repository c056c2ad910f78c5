// The place of a session's interpreter: starts one, holds it, and knows which were lost.
#ifndef CARREL_SERVICE_SESSION_INTERPRETER_SLOT_H_
#define CARREL_SERVICE_SESSION_INTERPRETER_SLOT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/interpreter.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/spawn/zygote.h"
#include "service/session/session_files.h"
#include "service/session/session_state.h"

namespace carrel {

// Lives on the loop's thread. Held by shared_ptr, since a spawn in progress keeps it alive.
class InterpreterSlot : public std::enable_shared_from_this<InterpreterSlot> {
 public:
  // `zygote` outlives the slot. `options` are those of every interpreter that it starts.
  InterpreterSlot(EventLoop* loop, Zygote* zygote, SpawnOptions options,
                  std::shared_ptr<SessionFiles> files);

  // Receives kInterpreterReady, kSpawnRefused, kSpawnFailed, kRetryDue and kInterpreterDied. Set
  // once, before all else.
  void set_on_event(std::function<void(SessionEvent)> on_event) { on_event_ = std::move(on_event); }

  // Starts an interpreter where there is none, with an empty /tmp. An event says how that ended,
  // not from within Spawn.
  void Spawn();
  // Reports kRetryDue a moment later; after HurryRetry, at once.
  void ScheduleRetry();
  void HurryRetry();
  // The reason why the last spawn failed.
  const absl::Status& failure() const { return failure_; }

  // The interpreter; null while there is none.
  Interpreter* interpreter() const { return interpreter_.get(); }
  // False if there is none, or its end is certain.
  bool alive() const { return interpreter_ != nullptr && interpreter_->alive(); }
  void Kill(StopReason reason);
  // Notes how an interpreter ended during a cell. The slot itself learns how others ended.
  void set_death(Death death) { death_ = std::move(death); }
  // Lets go of the interpreter, which may be what is calling.
  void Drop();

  // Counts the interpreters of the session, from 1.
  int64_t generation() const { return generation_; }
  // Records that the interpreter is lost, and which execution ended it, if one did.
  void RecordLoss(const std::string& execution_name);
  // The last loss; without a generation if there was none.
  const v1::InterpreterLoss& last_loss() const { return last_loss_; }
  // The same if no execution has reported it yet, else null. Valid until the next loss.
  const v1::InterpreterLoss* TakeUnreportedLoss();

 private:
  void SpawnNow();
  void OnSpawned(absl::StatusOr<std::unique_ptr<Interpreter>> interpreter);
  void OnSpawnFailed(const absl::Status& status);
  void OnRetryDue();

  EventLoop* const loop_;
  Zygote* const zygote_;
  const SpawnOptions options_;
  const std::shared_ptr<SessionFiles> files_;
  std::function<void(SessionEvent)> on_event_;

  std::unique_ptr<Interpreter> interpreter_;
  bool temporary_used_ = false;  // An earlier interpreter has used /tmp.
  int attempts_ = 0;             // That were refused, one after the other.
  bool retry_scheduled_ = false;
  LazyTimer retry_;
  absl::Status failure_;

  Death death_;
  int64_t generation_ = 1;
  v1::InterpreterLoss last_loss_;
  bool loss_unreported_ = false;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_INTERPRETER_SLOT_H_
