#include "sandbox/event_loop.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include "sandbox/read_waits.h"

namespace carrel {
namespace {

// What a lent thread waits at most: a short cell takes a quarter of it, and the few threads
// that serve calls can do without one of them for so long.
constexpr long kLoanNanoseconds = 500'000;
// How long it stays awake for that: to be woken takes as long as a short cell.
constexpr std::chrono::microseconds kAwake{100};

// Before it sleeps it looks again and again, unless somebody else wants this CPU.
bool AwaitReadable(int fd) {
  pollfd readable{fd, POLLIN, 0};
  const auto sleep_at = std::chrono::steady_clock::now() + kAwake;
  do {
    if (poll(&readable, 1, 0) > 0) return true;
    sched_yield();
  } while (std::chrono::steady_clock::now() < sleep_at);
  const timespec moment{0, kLoanNanoseconds};
  return ppoll(&readable, 1, &moment, nullptr) > 0;
}

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
  const bool ready = AwaitReadable(loan.fd);
  Turn turn(this);
  lent_ = false;
  Finish([then = std::move(loan.then), ready]() mutable { then(ready); });
}

}  // namespace carrel
