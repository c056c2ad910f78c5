#include "sandbox/loop/event_loop.h"

#include <poll.h>
#include <time.h>

#include "sandbox/loop/read_waits.h"

namespace carrel {
namespace {

// What a lent thread waits at most: a short cell takes a quarter of it, and the few threads
// that serve calls can do without one of them for so long.
constexpr long kLoanNanoseconds = 500'000;

}  // namespace

EventLoop::EventLoop() : EventLoop(WithoutThread{}) {
  thread_ = std::thread([this] { context_.run(); });
}

EventLoop::EventLoop(WithoutThread)
    : work_(asio::make_work_guard(context_)), read_waits_(std::make_unique<ReadWaits>(this)) {}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Stop() {
  work_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void EventLoop::EndTurn() {
  while (!at_turn_end_.empty()) {
    absl::AnyInvocable<void()> function = std::move(at_turn_end_.front());
    at_turn_end_.pop_front();
    function();
  }
}

bool EventLoop::BorrowThread(int fd, absl::AnyInvocable<void(bool)> then) {
  if (!std::exchange(may_borrow_, false)) return false;
  lent_ = true;
  loan_ = {fd, std::move(then)};
  return true;
}

void EventLoop::Serve(Loan loan) {
  pollfd readable{loan.fd, POLLIN, 0};
  const timespec moment{0, kLoanNanoseconds};
  const bool ready = ppoll(&readable, 1, &moment, nullptr) > 0;
  Turn turn(this);
  lent_ = false;
  Finish([then = std::move(loan.then), ready]() mutable { then(ready); });
}

}  // namespace carrel
