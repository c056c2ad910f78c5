#include "sandbox/deadline.h"

#include <utility>

namespace carrel {

Deadline::Deadline(EventLoop* loop, std::function<void()> handler)
    : state_(std::make_shared<State>(loop, std::move(handler))) {}

Deadline::~Deadline() {
  state_->handler = nullptr;
  Clear();
  state_->timer.cancel();
}

void Deadline::Set(Clock::time_point time) {
  state_->wanted = time;
  if (!state_->waited_for.has_value() || time < *state_->waited_for) Wait(state_, time);
}

void Deadline::BringForward(Clock::time_point time) {
  if (!state_->wanted.has_value() || time < *state_->wanted) Set(time);
}

void Deadline::Clear() { state_->wanted.reset(); }

void Deadline::Wait(const std::shared_ptr<State>& state, Clock::time_point time) {
  state->waited_for = time;
  state->timer.expires_at(time);
  state->loop->Wait(&state->timer, [state](const asio::error_code& error) {
    if (error) return;  // An earlier time was set, or it is over.
    state->waited_for.reset();
    if (!state->wanted.has_value()) return;
    if (*state->wanted > Clock::now()) return Wait(state, *state->wanted);
    state->wanted.reset();
    const std::function<void()> handler = state->handler;  // It may end this.
    if (handler) handler();
  });
}

}  // namespace carrel
