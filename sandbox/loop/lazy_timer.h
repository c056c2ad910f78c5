// A deadline for work that is postponed or cancelled far more often than it happens: that usually
// only writes a variable.
#ifndef CARREL_SANDBOX_LOOP_LAZY_TIMER_H_
#define CARREL_SANDBOX_LOOP_LAZY_TIMER_H_

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "sandbox/loop/event_loop.h"

namespace carrel {

// A timer, once started, is never cancelled: when it expires, the deadline checks which time is
// wanted by then. (When asio cancels or resets a timer, it calls the handler with an error, and
// wakes the loop's thread for that.) Another timer is started only for a time earlier than that of
// all others. Lives on the loop.
class LazyTimer {
 public:
  using Clock = std::chrono::steady_clock;

  // `handler` is called on the loop, once for each time that was set and has come.
  LazyTimer(EventLoop* loop, std::function<void()> handler);
  // The handler is not called any more.
  ~LazyTimer();
  LazyTimer(const LazyTimer&) = delete;
  LazyTimer& operator=(const LazyTimer&) = delete;

  // Replaces the time that was set before.
  void Set(Clock::time_point time);
  void SetAfter(Clock::duration delay) { Set(Clock::now() + delay); }
  // Sets this time, unless an earlier one is set.
  void BringForward(Clock::time_point time);
  void Clear();

 private:
  struct State {
    State(EventLoop* loop, std::function<void()> handler)
        : loop(loop), handler(std::move(handler)) {}
    EventLoop* const loop;
    std::function<void()> handler;
    absl::optional<Clock::time_point> wanted;
    std::vector<std::unique_ptr<asio::steady_timer>> timers;  // The last one expires first.
  };
  static void Wait(const std::shared_ptr<State>& state, Clock::time_point time);
  static void OnEnd(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_LAZY_TIMER_H_
