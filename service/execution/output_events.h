// Turns what a cell prints and displays into a bounded number of bounded events, promptly.
#ifndef CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
#define CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_

#include <array>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/sandbox.h"
#include "service/execution/bounded_output.h"

namespace carrel {

// stdout, stderr and displays of one execution. What comes after a pause is passed on at
// once; text that follows within a few milliseconds is passed on together, so that a
// million tiny prints are not a million events. Pieces of the two streams keep
// their order, until there are so many events that a program must be making them on
// purpose: then each stream is collected for itself, and displays are held back with the text, in
// their order. If even these are very many, their order with the text is given up, too. What is
// cleared while it is held back was never an event.
//
// Lives on the loop.
class OutputEvents {
 public:
  // Takes a piece of text, or the event that output was cleared.
  using Emit = absl::AnyInvocable<void(v1::ExecuteEvent&&)>;
  using EmitDisplay = absl::AnyInvocable<void(DisplayBundle)>;

  // Each stream is bounded to `limit` bytes.
  OutputEvents(EventLoop* loop, int64_t limit, Emit emit, EmitDisplay emit_display);

  void Append(OutputStream stream, std::string bytes);
  // Unbounded: the caller sees to it.
  void Append(DisplayBundle bundle);
  // An update of that display which is held back, if there is one, is never an event.
  void ForgetHeldUpdate(const std::string& display_id);
  // Everything so far is gone. With `wait`, output follows at once.
  void Clear(bool wait);
  // True if there was output since the last Clear.
  bool HasOutput() const;
  // Ends both streams: emits what was held back and the tails.
  void Finish();

  // Displays that are held back, and what they cost.
  size_t held_displays() const { return held_displays_; }
  int64_t held_display_bytes() const { return held_display_bytes_; }

  v1::OutputSummary SummaryOf(OutputStream stream) const;

 private:
  using Clock = std::chrono::steady_clock;
  using Held = std::variant<v1::ExecuteEvent, DisplayBundle>;
  struct Stream {
    explicit Stream(int64_t limit) : bounded(limit) {}
    BoundedOutput bounded;
    std::string pending;
    int64_t pending_offset = 0;
  };

  static size_t Index(OutputStream stream) { return stream == OutputStream::kStdout ? 0 : 1; }
  // Emits all that was held back.
  void Flush();
  void FlushSoon();
  v1::ExecuteEvent TakePending(size_t index);
  // Emits the pending text of a stream, or has it held after what is held already.
  void FlushStream(size_t index);
  void HoldDisplay(DisplayBundle bundle);
  // Holds the pending text of a stream, after what is held already.
  void HoldText(size_t index);
  // Where more text of a stream is to go that comes before `end`: to the piece of it that stands
  // there, with no display between, if there is one that is not full. Else null.
  std::string* HeldTextBefore(std::vector<Held>::iterator end, size_t index);
  // What stood between the text at `it` and the text before it is gone.
  void JoinHeldText(std::vector<Held>::iterator it);
  // Returns it.
  std::vector<Held> ForgetHeld();
  void EmitNow(Held output);
  void EmitClear();
  // True when there were so many events that order between streams is given up.
  bool Crowded() const;
  Clock::duration Interval() const;

  std::array<Stream, 2> streams_;
  std::vector<Held> held_;  // Before what is pending.
  size_t held_displays_ = 0;
  int64_t held_display_bytes_ = 0;
  bool visible_ = false;      // Events were emitted that Clear takes back.
  bool clear_due_ = false;    // Before the next event.
  bool clear_waits_ = false;  // As what is due is to say.
  EventLoop* const loop_;
  asio::steady_timer timer_;
  bool timer_armed_ = false;
  Clock::time_point last_flush_;
  int64_t event_count_ = 0;
  Emit emit_;
  EmitDisplay emit_display_;
  // A timer's handler may be under way when this object is destroyed.
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
