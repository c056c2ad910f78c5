// One execution: from its place in the queue to its `finished` event.
#ifndef CARREL_SERVICE_EXECUTION_EXECUTION_H_
#define CARREL_SERVICE_EXECUTION_EXECUTION_H_

#include <google/protobuf/arena.h>

#include <asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/sandbox.h"
#include "service/execution/displayed_images.h"
#include "service/execution/event_log.h"
#include "service/execution/output_events.h"
#include "service/execution/shown_displays.h"

namespace carrel {

// What is fixed when an execution is accepted.
struct ExecutionSpec {
  // The caller's part, validated.
  std::string id;  // Made if empty.
  std::string code;
  absl::Duration timeout;  // The session's if zero.
  // The session's.
  std::string session_id;
  int64_t ordinal = 0;  // Place in the session's history.
  absl::Duration cpu_time = absl::InfiniteDuration();
  int64_t output_bytes = 0;
  int64_t display_bytes = 0;
  int64_t max_inline_image_bytes = 0;
};

// What a finished execution did to the workspace.
struct WorkspaceEffects {
  std::vector<v1::Artifact> artifacts;
  bool truncated = false;
  int64_t written_bytes = 0;
};

// Lives on the loop's thread; only its log is shared with others. Its life:
// queued → (Begin → CellSink's calls → End | Abandon) → Finish.
class Execution : public CellSink, public std::enable_shared_from_this<Execution> {
 public:
  Execution(EventLoop* loop, ExecutionSpec spec, ImageStore image_store);

  // Its code has moved to proto(): it is kept once.
  const ExecutionSpec& spec() const { return spec_; }
  // What an interpreter is to run; valid as long as this is.
  Cell cell() const { return {proto_.code(), spec_.timeout, spec_.cpu_time, spec_.display_bytes}; }
  const std::string& name() const { return proto_.name(); }
  const std::shared_ptr<EventLog>& log() const { return log_; }
  // As it is now.
  const v1::Execution& proto() const { return proto_; }
  // It displayed some, which may have been saved.
  bool has_images() const { return images_.had_any(); }

  // An interpreter was found for it. `loss` is empty unless variables were lost
  // since the execution before it.
  void Begin(int64_t generation, const v1::InterpreterLoss* loss);

  // CellSink.
  void OnStarted() override;
  void OnLasting() override;
  void OnOutput(OutputStream stream, std::string bytes) override;
  int64_t OnDisplay(DisplayBundle bundle) override;
  int64_t OnClear(bool wait) override;
  void OnLateLoss(const LateLoss& loss) override;
  void OnException(PythonException exception) override;
  void OnRefusedCall(const std::string& name) override;

  // The cell has ended: emits what output and error are left.
  void End(const Outcome& outcome);
  // It never ran.
  void Abandon(v1::Execution::Cause cause, const std::string& message);
  // An image it displayed was saved, or could not be.
  void OnImageSaved(const std::string& image_id, const absl::StatusOr<std::string>& sha256);
  // After End or Abandon: emits `finished`. Nothing changes after it.
  void Finish(WorkspaceEffects effects);

 private:
  void EmitStarted();
  void Emit(v1::ExecuteEvent&& event);
  void TellSoon();
  void EmitDisplay(DisplayBundle bundle);
  // An update of that display comes: the one before is of no use any more.
  void ForgetUpdateOf(const std::string& display_id);
  // Something comes that a clear has waited for.
  void ClearIfWaiting();
  void ClearNow(bool wait);
  // Bytes of displays that count against the limit.
  int64_t CountedBytes() const;
  std::string LossMessage() const;
  void SetUsage(const CellUsage& usage);

  // The messages below, with what hangs on them, are one piece of memory.
  static constexpr size_t kArenaBytes = 1536;

  EventLoop* const loop_;
  ExecutionSpec spec_;
  const std::shared_ptr<EventLog> log_ = std::make_shared<EventLog>();
  OutputEvents output_;
  alignas(8) char arena_block_[kArenaBytes];
  google::protobuf::Arena arena_{arena_block_, sizeof(arena_block_)};
  v1::Execution& proto_ = *google::protobuf::Arena::CreateMessage<v1::Execution>(&arena_);
  v1::Started& started_ = *google::protobuf::Arena::CreateMessage<v1::Started>(&arena_);
  bool started_emitted_ = false;
  bool telling_ = false;  // The log's watchers will be told.
  DisplayedImages images_;
  ShownDisplays shown_;
  bool clear_waits_ = false;
  int64_t waiting_bytes_ = 0;  // Of the displays that it will take back.
  int64_t dropped_displays_ = 0;
  LateLoss late_loss_;
  bool has_result_ = false;
  // How it ended, which callers learn with `finished`.
  v1::Execution::State ending_state_ = v1::Execution::STATE_UNSPECIFIED;
  absl::Time accepted_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EXECUTION_H_
