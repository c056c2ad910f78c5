// A time at which something is to be done, for what is put off or called off far more often
// than it happens: then nothing but a variable is touched.
#ifndef CARREL_SANDBOX_DEADLINE_H_
#define CARREL_SANDBOX_DEADLINE_H_

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "absl/types/optional.h"
#include "sandbox/event_loop.h"

namespace carrel {

// Its timer runs to the earliest time that was ever set, looks what is wanted by then, and runs
// on. (asio's own, when it is set anew, calls its handler each time to say that it was called
// off, and wakes the loop's thread for that.) Lives on the loop.
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
        : loop(loop), handler(std::move(handler)), timer(loop->context()) {}
    EventLoop* const loop;
    std::function<void()> handler;
    asio::steady_timer timer;
    absl::optional<Clock::time_point> wanted, waited_for;
  };
  static void Wait(const std::shared_ptr<State>& state, Clock::time_point time);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_DEADLINE_H_
