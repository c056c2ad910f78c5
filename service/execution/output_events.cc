#include "service/execution/output_events.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "sandbox/ipc/display_assembler.h"

namespace carrel {
namespace {

// Number of pending bytes that justify an event of their own.
constexpr size_t kFullPiece = 32 << 10;
constexpr int64_t kCrowd = 4096;
// Number of events after which text and displays are collected separately: otherwise a program that
// goes on to print a byte between two displays would have an event, and its memory, for each byte.
constexpr int64_t kGreatCrowd = 16'384;
constexpr auto kShortInterval = std::chrono::milliseconds(5);
constexpr auto kLongInterval = std::chrono::milliseconds(500);

v1::ExecuteEvent PieceOf(size_t index, int64_t offset, std::string data) {
  v1::ExecuteEvent event;
  v1::Output* output = index == 0 ? event.mutable_stdout() : event.mutable_stderr();
  output->set_data(std::move(data));
  output->set_offset_bytes(offset);
  return event;
}

// Returns null if the event is not text of that stream.
std::string* TextIn(v1::ExecuteEvent* event, size_t index) {
  if (!(index == 0 ? event->has_stdout() : event->has_stderr())) return nullptr;
  return (index == 0 ? event->mutable_stdout() : event->mutable_stderr())->mutable_data();
}

}  // namespace

OutputEvents::OutputEvents(EventLoop* loop, int64_t limit, Emit emit, EmitDisplay emit_display)
    : streams_{Stream(limit), Stream(limit)},
      flush_(loop, [this] { Flush(); }),
      emit_(std::move(emit)),
      emit_display_(std::move(emit_display)) {}

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
  if (Clock::now() - last_flush_ >= Interval())
    Flush();
  else if (own.pending.size() >= kFullPiece)
    FlushStream(index);
  else
    FlushSoon();
}

void OutputEvents::Append(DisplayBundle bundle) {
  if (!Crowded()) {
    Flush();
    return EmitNow(std::move(bundle));
  }
  HoldDisplay(std::move(bundle));
  if (Clock::now() - last_flush_ >= Interval())
    Flush();
  else
    FlushSoon();
}

void OutputEvents::HoldDisplay(DisplayBundle bundle) {
  for (size_t index : {0, 1})
    if (!streams_[index].pending.empty()) HoldText(index);
  ++held_displays_;
  held_display_bytes_ += CostOf(bundle);
  held_.emplace_back(std::move(bundle));
}

void OutputEvents::ForgetHeldUpdate(const std::string& display_id) {
  // The newest are the likeliest matches.
  for (auto it = held_.end(); it != held_.begin();) {
    const auto* bundle = std::get_if<DisplayBundle>(&*--it);
    if (bundle == nullptr || !bundle->update || bundle->display_id != display_id) continue;
    --held_displays_;
    held_display_bytes_ -= CostOf(*bundle);
    JoinHeldText(held_.erase(it));
    return;
  }
}

void OutputEvents::HoldText(size_t index) {
  v1::ExecuteEvent piece = TakePending(index);
  if (std::string* before = HeldTextBefore(held_.end(), index))
    before->append(*TextIn(&piece, index));
  else
    held_.emplace_back(std::move(piece));
}

std::string* OutputEvents::HeldTextBefore(std::vector<Held>::iterator end, size_t index) {
  while (end != held_.begin()) {
    auto* piece = std::get_if<v1::ExecuteEvent>(&*--end);
    std::string* text = piece == nullptr ? nullptr : TextIn(piece, index);
    if (text != nullptr) return text->size() < kFullPiece ? text : nullptr;
    if (piece == nullptr && event_count_ < kGreatCrowd) return nullptr;
  }
  return nullptr;
}

void OutputEvents::JoinHeldText(std::vector<Held>::iterator it) {
  while (it != held_.end()) {
    auto* piece = std::get_if<v1::ExecuteEvent>(&*it);
    if (piece == nullptr) return;
    const size_t index = piece->has_stdout() ? 0 : 1;
    std::string* before = HeldTextBefore(it, index);
    if (before == nullptr) {
      ++it;
      continue;
    }
    before->append(*TextIn(piece, index));
    it = held_.erase(it);
  }
}

void OutputEvents::Clear(bool wait) {
  if (!HasOutput()) return;
  for (Stream& stream : streams_) {
    stream.pending.clear();
    stream.bounded.Clear();
  }
  ForgetHeld();
  clear_due_ = true;
  clear_waits_ = wait;
  if (wait) return;
  if (Crowded() && Clock::now() - last_flush_ < Interval())
    FlushSoon();
  else
    EmitClear();
}

bool OutputEvents::HasOutput() const {
  if ((visible_ && !clear_due_) || !held_.empty()) return true;
  return std::any_of(streams_.begin(), streams_.end(), [](const Stream& stream) {
    return stream.bounded.total_bytes() > stream.bounded.cleared_bytes();
  });
}

void OutputEvents::FlushSoon() { flush_.BringForward(last_flush_ + Interval()); }

v1::ExecuteEvent OutputEvents::TakePending(size_t index) {
  Stream& stream = streams_[index];
  v1::ExecuteEvent event = PieceOf(index, stream.pending_offset, std::move(stream.pending));
  stream.pending.clear();
  return event;
}

void OutputEvents::FlushStream(size_t index) {
  if (streams_[index].pending.empty()) return;
  if (held_.empty())
    EmitNow(TakePending(index));
  else
    HoldText(index);
}

void OutputEvents::EmitNow(Held output) {
  if (clear_due_) EmitClear();
  ++event_count_;
  last_flush_ = Clock::now();
  visible_ = true;
  if (auto* bundle = std::get_if<DisplayBundle>(&output))
    emit_display_(std::move(*bundle));
  else
    emit_(std::move(std::get<v1::ExecuteEvent>(output)));
}

void OutputEvents::EmitClear() {
  clear_due_ = visible_ = false;
  ++event_count_;
  last_flush_ = Clock::now();
  v1::ExecuteEvent event;
  event.mutable_clear()->set_wait(clear_waits_);
  emit_(std::move(event));
}

std::vector<OutputEvents::Held> OutputEvents::ForgetHeld() {
  held_displays_ = 0;
  held_display_bytes_ = 0;
  return std::exchange(held_, {});
}

void OutputEvents::Flush() {
  FlushStream(0);
  FlushStream(1);
  for (Held& output : ForgetHeld()) EmitNow(std::move(output));
  if (clear_due_ && !clear_waits_) EmitClear();
}

void OutputEvents::Finish() {
  Flush();
  if (clear_due_) EmitClear();  // The clear waited for the error, which comes after all output.
  flush_.Clear();
  for (size_t index = 0; index < streams_.size(); ++index) {
    for (OutputPiece& piece : streams_[index].bounded.TakeTail())
      EmitNow(PieceOf(index, piece.offset, std::move(piece.data)));
  }
}

v1::OutputSummary OutputEvents::SummaryOf(OutputStream stream) const {
  v1::OutputSummary summary;
  const BoundedOutput& bounded = streams_[Index(stream)].bounded;
  summary.set_total_bytes(bounded.total_bytes());
  summary.set_dropped_bytes(bounded.dropped_bytes());
  summary.set_cleared_bytes(bounded.cleared_bytes());
  return summary;
}

}  // namespace carrel
