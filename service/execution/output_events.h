// Turns the output and displays of a cell into a limited number of events of limited size,
// promptly.
#ifndef CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
#define CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/cell.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "service/execution/bounded_output.h"

namespace carrel {

// Collects stdout, stderr and displays of one execution. Output that comes after a pause is emitted
// at once; text that follows within a few milliseconds is emitted together, so that a million tiny
// prints are not a million events. Pieces of the two streams keep their order until there are so
// many events that the program is likely to make them on purpose: then each stream is collected
// separately, and displays are held back with the text, in their order. If even these are very
// many, the order between displays and text is given up, too. Output that is cleared while it is
// held back never becomes an event.
//
// Lives on the loop.
class OutputEvents {
 public:
  // Receives a piece of text, or the event that output was cleared.
  using Emit = absl::AnyInvocable<void(v1::ExecuteEvent&&)>;
  using EmitDisplay = absl::AnyInvocable<void(DisplayBundle)>;

  // Keeps at most `limit` bytes of each stream.
  OutputEvents(EventLoop* loop, int64_t limit, Emit emit, EmitDisplay emit_display);

  void Append(OutputStream stream, std::string bytes);
  // The caller limits displays.
  void Append(DisplayBundle bundle);
  // Drops an update of that display that is held back, if there is one.
  void ForgetHeldUpdate(const std::string& display_id);
  // Clears everything so far. With `wait`, the caller appends output right after this.
  void Clear(bool wait);
  // True if there was output since the last Clear.
  bool HasOutput() const;
  // Ends both streams: emits what was held back and the tails.
  void Finish();

  // Number of displays that are held back, and their cost.
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
  // Emits the pending text of a stream, or holds it after held output if there is any.
  void FlushStream(size_t index);
  void HoldDisplay(DisplayBundle bundle);
  // Holds the pending text of a stream after held output.
  void HoldText(size_t index);
  // Returns the held text of a stream before `end` to which more text can be appended: it is not
  // full, and no display lies between. Null if there is none.
  std::string* HeldTextBefore(std::vector<Held>::iterator end, size_t index);
  // Joins held texts that became adjacent because the output before `it` was removed.
  void JoinHeldText(std::vector<Held>::iterator it);
  // Empties held_ and returns what it held.
  std::vector<Held> ForgetHeld();
  void EmitNow(Held output);
  void EmitClear();
  // True after so many events that the order between streams is given up.
  bool Crowded() const;
  Clock::duration Interval() const;

  std::array<Stream, 2> streams_;
  std::vector<Held> held_;  // Precedes pending text.
  size_t held_displays_ = 0;
  int64_t held_display_bytes_ = 0;
  bool visible_ = false;      // Events were emitted that Clear takes back.
  bool clear_due_ = false;    // Emit a clear before the next event.
  bool clear_waits_ = false;  // The `wait` of the due clear.
  LazyTimer flush_;
  Clock::time_point last_flush_;
  int64_t event_count_ = 0;
  Emit emit_;
  EmitDisplay emit_display_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
