// A time at which something is to be done, for what is put off or called off far more often
// than it happens: then nothing but a variable is touched.
#ifndef CARREL_SANDBOX_LOOP_DEADLINE_H_
#define CARREL_SANDBOX_LOOP_DEADLINE_H_

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "sandbox/loop/event_loop.h"

namespace carrel {

// A timer once started is never stopped: when it ends it is looked what is wanted by then.
// (asio's, when it is set anew, calls its handler to say that it was called off, and wakes the
// loop's thread for that.) For an earlier time than that of any other a timer is added. Lives
// on the loop.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  // `handler` is called in a turn, once for each time that was set and has come.
  Deadline(EventLoop* loop, std::function<void()> handler);
  // `handler` is not called any more.
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Instead of what was set before.
  void Set(Clock::time_point time);
  void SetAfter(Clock::duration delay) { Set(Clock::now() + delay); }
  // To that time, unless an earlier one is set.
  void BringForward(Clock::time_point time);
  void Clear();

 private:
  struct State {
    State(EventLoop* loop, std::function<void()> handler)
        : loop(loop), handler(std::move(handler)) {}
    EventLoop* const loop;
    std::function<void()> handler;
    absl::optional<Clock::time_point> wanted;
    std::vector<std::unique_ptr<asio::steady_timer>> timers;  // The last ends first.
  };
  static void Wait(const std::shared_ptr<State>& state, Clock::time_point time);
  static void OnEnd(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_DEADLINE_H_
