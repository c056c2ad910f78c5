#include "sandbox/loop/lazy_timer.h"

#include <utility>

namespace carrel {
namespace {

// The maximum number of timers of one deadline, even if ever earlier times are set, as by the
// timeouts of short cells.
constexpr size_t kMaxTimers = 8;

}  // namespace

LazyTimer::LazyTimer(EventLoop* loop, std::function<void()> handler)
    : state_(std::make_shared<State>(loop, std::move(handler))) {}

LazyTimer::~LazyTimer() {
  state_->handler = nullptr;
  Clear();
  state_->timers.clear();
}

void LazyTimer::Set(Clock::time_point time) {
  state_->wanted = time;
  if (state_->timers.empty() || time < state_->timers.back()->expiry()) Wait(state_, time);
}

void LazyTimer::BringForward(Clock::time_point time) {
  if (!state_->wanted.has_value() || time < *state_->wanted) Set(time);
}

void LazyTimer::Clear() { state_->wanted.reset(); }

void LazyTimer::Wait(const std::shared_ptr<State>& state, Clock::time_point time) {
  // When the next timer expires, it is followed by one for the time that is wanted by then.
  if (state->timers.size() >= kMaxTimers) state->timers.erase(state->timers.begin());
  state->timers.push_back(std::make_unique<asio::steady_timer>(state->loop->context(), time));
  state->loop->Wait(state->timers.back().get(), [state](const asio::error_code& error) {
    if (!error) OnEnd(state);
  });
}

void LazyTimer::OnEnd(const std::shared_ptr<State>& state) {
  const Clock::time_point now = Clock::now();
  while (!state->timers.empty() && state->timers.back()->expiry() <= now) state->timers.pop_back();
  if (!state->wanted.has_value()) return;
  if (*state->wanted > now) {
    if (state->timers.empty() || *state->wanted < state->timers.back()->expiry())
      Wait(state, *state->wanted);
    return;
  }
  state->wanted.reset();
  const std::function<void()> handler = state->handler;  // The handler may destroy this deadline.
  if (handler) handler();
}

}  // namespace carrel
