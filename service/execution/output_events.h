// Turns what a cell prints into a bounded number of bounded events, promptly.
#ifndef CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
#define CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_

#include <array>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/sandbox.h"
#include "service/execution/bounded_output.h"

namespace carrel {

// stdout and stderr of one execution. What comes after a pause is passed on at
// once; what follows within a few milliseconds is passed on together, so that a
// million tiny prints are not a million events. Pieces of the two streams keep
// their order, until there are so many that a program must be making them on
// purpose: then each stream is collected for itself.
//
// Lives on the loop.
class OutputEvents {
 public:
  using Emit = absl::AnyInvocable<void(v1::ExecuteEvent&&)>;

  // Each stream is bounded to `limit` bytes.
  OutputEvents(EventLoop* loop, int64_t limit, Emit emit);

  void Append(OutputStream stream, std::string bytes);
  // Emits what was held back: before an event that must come after it.
  void Flush();
  // Ends both streams: emits what was held back and the tails.
  void Finish();

  v1::OutputSummary SummaryOf(OutputStream stream) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Stream {
    explicit Stream(int64_t limit) : bounded(limit) {}
    BoundedOutput bounded;
    std::string pending;
    int64_t pending_offset = 0;
  };

  static size_t Index(OutputStream stream) { return stream == OutputStream::kStdout ? 0 : 1; }
  void FlushStream(size_t index);
  void EmitPiece(size_t index, int64_t offset, std::string data);
  void FlushSoon();
  // True when there were so many events that order between streams is given up.
  bool Crowded() const;
  Clock::duration Interval() const;

  std::array<Stream, 2> streams_;
  EventLoop* const loop_;
  asio::steady_timer timer_;
  bool timer_armed_ = false;
  Clock::time_point last_flush_;
  int64_t event_count_ = 0;
  Emit emit_;
  // A timer's handler may be under way when this object is destroyed.
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_OUTPUT_EVENTS_H_
