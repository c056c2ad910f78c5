#include "service/execution/output_events.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace carrel {
namespace {

// Pending bytes that are worth an event of their own.
constexpr size_t kFullPiece = 32 << 10;
constexpr int64_t kCrowd = 4096;
constexpr auto kShortInterval = std::chrono::milliseconds(5);
constexpr auto kLongInterval = std::chrono::milliseconds(500);

}  // namespace

OutputEvents::OutputEvents(EventLoop* loop, int64_t limit, Emit emit)
    : streams_{Stream(limit), Stream(limit)},
      loop_(loop),
      timer_(loop->context()),
      emit_(std::move(emit)) {}

bool OutputEvents::Crowded() const { return event_count_ >= kCrowd; }

OutputEvents::Clock::duration OutputEvents::Interval() const {
  return Crowded() ? Clock::duration(kLongInterval) : Clock::duration(kShortInterval);
}

void OutputEvents::Append(OutputStream stream, std::string bytes) {
  const size_t index = Index(stream);
  Stream& own = streams_[index];
  const int64_t offset = own.bounded.head_size();
  absl::string_view head = own.bounded.Append(bytes);
  if (head.empty()) return;
  if (!Crowded()) FlushStream(1 - index);
  if (own.pending.empty()) own.pending_offset = offset;
  if (own.pending.empty() && head.size() == bytes.size())
    own.pending = std::move(bytes);
  else
    own.pending.append(head.data(), head.size());
  if (own.pending.size() >= kFullPiece || Clock::now() - last_flush_ >= Interval())
    FlushStream(index);
  else
    FlushSoon();
}

void OutputEvents::FlushSoon() {
  if (timer_armed_) return;
  timer_armed_ = true;
  timer_.expires_at(last_flush_ + Interval());
  loop_->Wait(&timer_, [this, alive = std::weak_ptr<void>(alive_)](std::error_code error) {
    if (error || alive.expired()) return;
    timer_armed_ = false;
    FlushStream(0);
    FlushStream(1);
  });
}

void OutputEvents::FlushStream(size_t index) {
  Stream& stream = streams_[index];
  if (stream.pending.empty()) return;
  EmitPiece(index, stream.pending_offset, std::move(stream.pending));
  stream.pending.clear();
}

void OutputEvents::EmitPiece(size_t index, int64_t offset, std::string data) {
  v1::ExecuteEvent event;
  v1::Output* output = index == 0 ? event.mutable_stdout() : event.mutable_stderr();
  output->set_data(std::move(data));
  output->set_offset_bytes(offset);
  ++event_count_;
  last_flush_ = Clock::now();
  emit_(std::move(event));
}

void OutputEvents::Flush() {
  FlushStream(0);
  FlushStream(1);
}

void OutputEvents::Finish() {
  Flush();
  timer_.cancel();
  for (size_t index = 0; index < streams_.size(); ++index) {
    for (OutputPiece& piece : streams_[index].bounded.TakeTail())
      EmitPiece(index, piece.offset, std::move(piece.data));
  }
}

v1::OutputSummary OutputEvents::SummaryOf(OutputStream stream) const {
  v1::OutputSummary summary;
  const BoundedOutput& bounded = streams_[Index(stream)].bounded;
  summary.set_total_bytes(bounded.total_bytes());
  summary.set_dropped_bytes(bounded.dropped_bytes());
  return summary;
}

}  // namespace carrel
