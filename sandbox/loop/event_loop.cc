#include "sandbox/loop/event_loop.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include "sandbox/loop/read_waits.h"
#include "sandbox/posix/cpus.h"

namespace carrel {
namespace {

// The longest inline poll: a short cell takes a quarter of it, and the few threads that serve calls
// can do without one of them for that long.
constexpr long kLoanNanoseconds = 500'000;
// The part of it that is spent spinning: waking up takes a fifth of a short cell. A thread spins
// only for a descriptor that had the last few inline polls, too: where several alternate, they need
// the core.
constexpr auto kAwake = std::chrono::microseconds(100);
constexpr int kLoansInARow = 3;
// Pauses between two polls, for the core's other hardware thread. A pause takes 40 to 140 cycles,
// depending on the processor.
constexpr int kPauses = 8;

// Polls in a busy loop; not on the CPU of the process that is to answer, which that would delay.
bool StayAwakeFor(pollfd* readable, int cpu) {
  const auto end = std::chrono::steady_clock::now() + kAwake;
  do {
    if (sched_getcpu() == cpu && !LeaveCpu(cpu)) return false;
    for (int i = 0; i < kPauses; ++i) __builtin_ia32_pause();
    if (poll(readable, 1, 0) > 0) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
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

bool EventLoop::BorrowThread(const Awaited& answer, int fd, int cpu,
                             absl::AnyInvocable<void(bool)> then) {
  if (!answer.alone() || !std::exchange(may_borrow_, false)) return false;
  lent_ = true;
  loans_in_a_row_ = fd == std::exchange(last_loan_fd_, fd) ? loans_in_a_row_ + 1 : 1;
  loan_ = {fd, cpu, loans_in_a_row_ > kLoansInARow, std::move(then)};
  return true;
}

void EventLoop::Serve(Loan loan) {
  pollfd readable{loan.fd, POLLIN, 0};
  const timespec moment{0, kLoanNanoseconds};
  const bool ready = (loan.awake && StayAwakeFor(&readable, loan.cpu)) ||
                     ppoll(&readable, 1, &moment, nullptr) > 0;
  Turn turn(this);
  lent_ = false;
  Finish([then = std::move(loan.then), ready]() mutable { then(ready); });
}

}  // namespace carrel
