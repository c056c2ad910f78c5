#include "service/execution/execution.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "sandbox/ipc/display_assembler.h"
#include "service/execution/outcome.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"
#include "service/model/utf8.h"

namespace carrel {
namespace {

// Maximum number of displays shown at a time.
constexpr size_t kMaxDisplays = 1024;
constexpr size_t kMaxErrorTypeBytes = 1 << 10;
constexpr size_t kMaxErrorMessageBytes = 64 << 10;
constexpr size_t kMaxTracebackBytes = 256 << 10;
constexpr int kMaxRefusedCalls = 16;

}  // namespace

Execution::Execution(EventLoop* loop, ExecutionSpec spec, ImageStore image_store)
    : loop_(loop),
      spec_(std::move(spec)),
      output_(
          loop, spec_.output_bytes, [this](v1::ExecuteEvent&& event) { Emit(std::move(event)); },
          [this](DisplayBundle bundle) { EmitDisplay(std::move(bundle)); }),
      images_(ExecutionNameOf(spec_.session_id, spec_.id), std::move(image_store)),
      accepted_(absl::Now()) {
  proto_.set_name(ExecutionNameOf(spec_.session_id, spec_.id));
  proto_.set_code(std::exchange(spec_.code, {}));
  proto_.set_state(v1::Execution::QUEUED);
  *proto_.mutable_timeout() = ToProto(spec_.timeout);
  *proto_.mutable_create_time() = ToProto(accepted_);
}

void Execution::Begin(int64_t generation, const v1::InterpreterLoss* loss) {
  proto_.set_generation(generation);
  started_.set_execution(name());
  started_.set_generation(generation);
  if (loss != nullptr) *started_.mutable_loss() = *loss;
}

void Execution::EmitStarted() {
  if (started_emitted_) return;
  started_emitted_ = true;
  const absl::Time now = absl::Now();
  proto_.set_state(v1::Execution::RUNNING);
  *proto_.mutable_start_time() = ToProto(now);
  *proto_.mutable_usage()->mutable_queue_duration() = ToProto(now - accepted_);
  // The event lives in the arena, so that nothing is copied.
  auto* event = google::protobuf::Arena::CreateMessage<v1::ExecuteEvent>(&arena_);
  event->unsafe_arena_set_allocated_started(&started_);
  log_->Append(std::move(*event));
}

// Notifies the log's watchers at the end of this iteration of the loop, together with its other
// events.
void Execution::NotifySoon() {
  if (std::exchange(notify_pending_, true)) return;
  loop_->AfterCurrent([self = shared_from_this()] {
    if (std::exchange(self->notify_pending_, false)) self->log_->Notify();
  });
}

void Execution::Emit(v1::ExecuteEvent&& event) {
  // `started` is the first event; all events after it are taken back.
  if (event.has_clear()) log_->Forget(2, log_->last_sequence());
  log_->Append(std::move(event));
  NotifySoon();
}

// The watchers are not notified yet: most cells are done before a caller could read that they have
// started.
void Execution::OnStarted() { EmitStarted(); }

void Execution::OnLasting() { NotifySoon(); }

void Execution::OnOutput(OutputStream stream, std::string bytes) {
  ClearIfWaiting();
  output_.Append(stream, std::move(bytes));
}

int64_t Execution::OnDisplay(DisplayBundle bundle) {
  if (bundle.update)
    ForgetUpdateOf(bundle.display_id);
  else
    ClearIfWaiting();
  const bool first_result = bundle.is_result && !has_result_;
  const bool too_many = shown_.size() + output_.held_displays() >= kMaxDisplays;
  if ((too_many || bundle.dropped) && !first_result) {
    ++dropped_displays_;
  } else {
    has_result_ = has_result_ || bundle.is_result;
    output_.Append(std::move(bundle));
  }
  return CountedBytes();
}

void Execution::EmitDisplay(DisplayBundle bundle) {
  ShownDisplay shown;
  const int64_t cost = CostOf(bundle);
  if (bundle.update) shown.updates = bundle.display_id;
  v1::ExecuteEvent event;
  v1::Display* display = bundle.is_result ? event.mutable_result() : event.mutable_display();
  *display = ToDisplay(std::move(bundle), spec_.max_inline_image_bytes,
                       [&](const std::string& mime_type, std::shared_ptr<const std::string> data) {
                         std::string name = images_.Add(mime_type, std::move(data));
                         if (!name.empty()) shown.images.push_back(name);
                         return name;
                       });
  // The bundle may have grown: invalid UTF-8 is replaced by longer characters.
  shown.bytes = std::max(cost, static_cast<int64_t>(event.ByteSizeLong()) - kFreeWrappingBytes);
  shown.sequence = log_->Append(std::move(event));
  shown_.Add(std::move(shown));
  NotifySoon();
}

void Execution::ForgetUpdateOf(const std::string& display_id) {
  if (display_id.empty()) return;
  output_.ForgetHeldUpdate(display_id);
  const absl::optional<ShownDisplay> shown = shown_.TakeUpdateOf(display_id);
  if (!shown.has_value()) return;
  images_.Remove(shown->images);
  log_->Forget(shown->sequence, shown->sequence);
}

int64_t Execution::OnClear(bool wait) {
  if (!output_.HasOutput()) return CountedBytes();
  if (!wait) {
    ClearNow(wait);
  } else if (!std::exchange(clear_waits_, true)) {
    // The output that replaces the present one has to be read first, while the present one is still
    // shown.
    waiting_bytes_ = CountedBytes();
  }
  return CountedBytes();
}

void Execution::ClearIfWaiting() {
  if (clear_waits_) ClearNow(/*wait=*/true);
}

void Execution::ClearNow(bool wait) {
  clear_waits_ = false;
  waiting_bytes_ = 0;
  dropped_displays_ = 0;
  has_result_ = false;
  images_.Remove(shown_.Clear());
  images_.ForgetTruncation();
  output_.Clear(wait);
}

int64_t Execution::CountedBytes() const {
  const int64_t bytes = shown_.bytes() + output_.held_display_bytes() + images_.removed_bytes();
  return std::max<int64_t>(0, bytes - waiting_bytes_);
}

void Execution::OnImageSaved(const std::string& image_id,
                             const absl::StatusOr<std::string>& sha256) {
  images_.OnSaved(image_id, sha256);
}

void Execution::OnLateLoss(const LateLoss& loss) { late_loss_ = loss; }

void Execution::OnException(PythonException exception) {
  // Kept until the end, so that it comes after all output.
  v1::Error* error = proto_.mutable_error();
  error->set_type(SanitizeUtf8(exception.type, kMaxErrorTypeBytes));
  error->set_message(SanitizeUtf8(exception.message, kMaxErrorMessageBytes));
  error->set_traceback(SanitizeUtf8(exception.traceback, kMaxTracebackBytes));
}

void Execution::OnRefusedCall(const std::string& name) {
  const auto& known = proto_.refused_calls();
  if (known.size() < kMaxRefusedCalls && std::find(known.begin(), known.end(), name) == known.end())
    proto_.add_refused_calls(name);
}

void Execution::SetUsage(const CellUsage& usage) {
  *proto_.mutable_usage()->mutable_wall_duration() = ToProto(usage.wall);
  *proto_.mutable_usage()->mutable_cpu_duration() = ToProto(usage.cpu);
  proto_.mutable_usage()->set_peak_memory_bytes(usage.peak_memory_bytes);
}

void Execution::End(const Outcome& outcome) {
  EmitStarted();  // The interpreter may have died before it took the code.
  // An error is kept only if it ended the cell; an interpreter that died is not trusted about the
  // cause.
  if (outcome.status == Outcome::Status::kOk || outcome.status == Outcome::Status::kDied ||
      outcome.status == Outcome::Status::kSystemExit)
    proto_.clear_error();
  if (proto_.has_error()) ClearIfWaiting();
  output_.Finish();
  if (proto_.has_error()) {
    v1::ExecuteEvent event;
    *event.mutable_error() = proto_.error();
    Emit(std::move(event));
  }
  SetUsage(outcome.usage);
  SetEnding(outcome, &proto_);
  proto_.mutable_message()->append(LossMessage());
  if (proto_.state() == v1::Execution::FAILED && proto_.refused_calls_size() > 0)
    absl::StrAppend(proto_.mutable_message(),
                    " The sandbox refused: ", absl::StrJoin(proto_.refused_calls(), ", "), ".");
  // Callers see the execution as running until it is finished.
  ending_state_ = proto_.state();
  proto_.set_state(v1::Execution::RUNNING);
}

std::string Execution::LossMessage() const {
  std::string message;
  if (dropped_displays_ > 0)
    absl::StrAppend(&message, " ", dropped_displays_, " displays were dropped.");
  if (late_loss_.displays > 0)
    absl::StrAppend(&message, " ", late_loss_.displays,
                    " displays from between the cells were dropped.");
  if (late_loss_.output_bytes > 0)
    absl::StrAppend(&message, " ", late_loss_.output_bytes,
                    " bytes that were printed between the cells were dropped.");
  return message;
}

void Execution::Abandon(v1::Execution::Cause cause, const std::string& message) {
  started_.set_execution(name());
  SetNotStarted(cause, message, &proto_);
  ending_state_ = proto_.state();
}

void Execution::Finish(WorkspaceEffects effects) {
  const absl::Time now = absl::Now();
  if (!started_emitted_) {
    // The execution never ran; `started` is the first event nevertheless.
    EmitStarted();
    proto_.clear_start_time();
  }
  proto_.set_state(ending_state_);
  *proto_.mutable_end_time() = ToProto(now);
  *proto_.mutable_stdout() = output_.SummaryOf(OutputStream::kStdout);
  *proto_.mutable_stderr() = output_.SummaryOf(OutputStream::kStderr);
  for (v1::Artifact& artifact : effects.artifacts) *proto_.add_artifacts() = std::move(artifact);
  images_.MoveTo(&proto_);
  if (effects.truncated) proto_.set_artifacts_truncated(true);
  proto_.mutable_usage()->set_written_bytes(effects.written_bytes);
  auto* event = google::protobuf::Arena::CreateMessage<v1::ExecuteEvent>(&arena_);
  event->mutable_finished()->unsafe_arena_set_allocated_execution(&proto_);
  log_->Append(std::move(*event));
  // Callers are notified before the history is updated.
  notify_pending_ = false;
  log_->Notify();
}

}  // namespace carrel
