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
constexpr long kInlinePollNanoseconds = 500'000;
// The part of it that is spent spinning: waking up takes a fifth of a short cell. A thread spins
// only for a descriptor that had the last few inline polls, too: where several alternate, they need
// the core.
constexpr auto kAwake = std::chrono::microseconds(100);
constexpr int kPollsInARow = 3;
// Pauses between two polls, for the core's other hardware thread. A pause takes 40 to 140 cycles,
// depending on the processor.
constexpr int kPauses = 8;

// Polls in a busy loop; not on the CPU of the process that is to answer, which that would delay.
bool SpinFor(pollfd* readable, int cpu) {
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

void EventLoop::RunAfterCurrent() {
  while (!after_current_.empty()) {
    absl::AnyInvocable<void()> function = std::move(after_current_.front());
    after_current_.pop_front();
    function();
  }
}

bool EventLoop::PollInline(const Awaited& answer, int fd, int cpu,
                           absl::AnyInvocable<void(bool)> then) {
  if (!answer.alone() || !std::exchange(may_poll_inline_, false)) return false;
  polling_inline_ = true;
  polls_in_a_row_ = fd == std::exchange(last_polled_fd_, fd) ? polls_in_a_row_ + 1 : 1;
  inline_poll_ = {fd, cpu, polls_in_a_row_ > kPollsInARow, std::move(then)};
  return true;
}

void EventLoop::Serve(InlinePoll poll) {
  pollfd readable{poll.fd, POLLIN, 0};
  const timespec moment{0, kInlinePollNanoseconds};
  const bool ready =
      (poll.spins && SpinFor(&readable, poll.cpu)) || ppoll(&readable, 1, &moment, nullptr) > 0;
  LoopLock lock(this);
  polling_inline_ = false;
  Finish([then = std::move(poll.then), ready]() mutable { then(ready); });
}

}  // namespace carrel
