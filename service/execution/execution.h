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
#include "sandbox/interpreter.h"
#include "service/execution/displayed_images.h"
#include "service/execution/event_log.h"
#include "service/execution/output_events.h"
#include "service/execution/shown_displays.h"

namespace carrel {

// The properties that are fixed when an execution is accepted.
struct ExecutionSpec {
  // The caller's part, validated.
  std::string id;  // Generated if empty.
  std::string code;
  absl::Duration timeout;  // That of the session if zero.
  // The session's part.
  std::string session_id;
  int64_t ordinal = 0;  // Place in the session's history.
  absl::Duration cpu_time = absl::InfiniteDuration();
  int64_t output_bytes = 0;
  int64_t display_bytes = 0;
  int64_t max_inline_image_bytes = 0;
};

// The effects of a finished execution on the workspace.
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

  // The spec as accepted, except `code`, which has moved to proto().
  const ExecutionSpec& spec() const { return spec_; }
  // The cell that an interpreter runs; valid as long as this object.
  Cell cell() const { return {proto_.code(), spec_.timeout, spec_.cpu_time, spec_.display_bytes}; }
  const std::string& name() const { return proto_.name(); }
  const std::shared_ptr<EventLog>& log() const { return log_; }
  // The current state.
  const v1::Execution& proto() const { return proto_; }
  // True if it displayed images, which may have been saved.
  bool has_images() const { return images_.had_any(); }

  // Assigns it to an interpreter. `loss` is null unless variables were lost since the execution
  // before it.
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

  // Ends the cell: emits the remaining output and the error.
  void End(const Outcome& outcome);
  // Ends an execution that never ran.
  void Abandon(v1::Execution::Cause cause, const std::string& message);
  // Handles the result of saving an image that it displayed.
  void OnImageSaved(const std::string& image_id, const absl::StatusOr<std::string>& sha256);
  // Emits `finished`. Call it after End or Abandon. Nothing changes after it.
  void Finish(WorkspaceEffects effects);

 private:
  void EmitStarted();
  void Emit(v1::ExecuteEvent&& event);
  void NotifySoon();
  void EmitDisplay(DisplayBundle bundle);
  // Removes the last update of that display, which a new one replaces.
  void ForgetUpdateOf(const std::string& display_id);
  // Carries out a clear that waited for the next output, which has come.
  void ClearIfWaiting();
  void ClearNow(bool wait);
  // Bytes of displays that count against the limit.
  int64_t CountedBytes() const;
  std::string LossMessage() const;
  void SetUsage(const CellUsage& usage);

  // Initial block of the arena of the two messages below.
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
  bool notify_pending_ = false;  // A notification of the log's watchers is scheduled.
  DisplayedImages images_;
  ShownDisplays shown_;
  bool clear_waits_ = false;
  int64_t waiting_bytes_ = 0;  // Counted bytes that a waiting clear will take back.
  int64_t dropped_displays_ = 0;
  LateLoss late_loss_;
  bool has_result_ = false;
  // The final state, which callers learn from `finished`.
  v1::Execution::State ending_state_ = v1::Execution::STATE_UNSPECIFIED;
  absl::Time accepted_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EXECUTION_H_
