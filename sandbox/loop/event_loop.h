// The one order in which everything happens to sandboxes and sessions. Code that runs in
// it must not block.
#ifndef CARREL_SANDBOX_LOOP_EVENT_LOOP_H_
#define CARREL_SANDBOX_LOOP_EVENT_LOOP_H_

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace carrel {

class ReadWaits;

// Runs functions one at a time: each has its turn. Most of them on a thread of its own,
// which waits for timers and descriptors; but who brings something from another thread may
// take the turn there and then (Run), since waking a thread costs more than what most
// functions do. So what lives "on the loop" needs no locks, whatever thread has the turn.
class EventLoop {
 public:
  EventLoop();
  // For tests that run context() themselves.
  struct WithoutThread {};
  explicit EventLoop(WithoutThread);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs `function` in a later turn, after all that was posted before. Any thread may call.
  template <typename F>
  void Post(F&& function) {
    ++posted_;
    asio::post(context_, [this, function = std::forward<F>(function)]() mutable {
      Turn turn(this);
      --posted_;
      Finish(std::move(function));
    });
  }

  // Runs `function` in a turn: on this thread, before Run returns, if nothing else is
  // running or posted; else as Post. Any thread may call that holds no lock and may wait
  // for a short function; one that has the turn posts.
  template <typename F>
  void Run(F&& function) {
    if (current_ == this || posted_ > 0 || !turn_.try_lock())
      return Post(std::forward<F>(function));
    Loan loan;
    {
      Turn turn(this, std::adopt_lock);
      may_borrow_ = !lent_;
      Finish(std::forward<F>(function));
      may_borrow_ = false;
      std::swap(loan, loan_);
    }
    if (loan.then) Serve(std::move(loan));
  }

  // Runs `function` when what runs now has returned, before another turn. Only in a turn.
  void AtTurnEnd(absl::AnyInvocable<void()> function) {
    at_turn_end_.push_back(std::move(function));
  }

  // An answer that is awaited from a process: lives from when it is asked for until it is there.
  // Only in turns.
  class Awaited {
   public:
    explicit Awaited(EventLoop* loop)
        : loop_(loop), alone_(std::exchange(loop->last_awaited_, this) == nullptr) {}
    ~Awaited() {
      if (loop_->last_awaited_ == this) loop_->last_awaited_ = nullptr;
    }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

    // When it was asked for, the one that was asked for before it was there already. Where many
    // are at work, it hardly ever is; one that takes long is followed by others, and does not
    // count.
    bool alone() const { return alone_; }

   private:
    EventLoop* const loop_;
    const bool alone_;
  };

  // Only in a turn. If it is one that Run has given to its caller's thread, that thread goes
  // on to wait after it, until `fd` can be read or a moment has passed, and then takes another
  // turn, with `then(whether it can be read)`: an answer that comes at once finds a thread that
  // is awake for it, and who asked need not be woken. `cpu` is the only one on which the answer
  // can be made; negative if there are several. One thread is lent at a time, and only for an
  // answer that is alone: else others want it to take their calls. False, and `then` is not
  // called, if there is none.
  bool BorrowThread(const Awaited& answer, int fd, int cpu, absl::AnyInvocable<void(bool)> then);

  // Runs `function` in a turn, after so long.
  template <typename F>
  void After(std::chrono::milliseconds delay, F&& function) {
    auto timer = std::make_shared<asio::steady_timer>(context_, delay);
    Wait(timer.get(), [timer, function = std::forward<F>(function)](
                          const asio::error_code&) mutable { function(); });
  }

  // As the objects' own async_wait; the handler has a turn. They must be made with
  // context(), and touched in turns only.
  template <typename Handler>
  void Wait(asio::steady_timer* timer, Handler&& handler) {
    timer->async_wait(InTurn(std::forward<Handler>(handler)));
  }
  template <typename Handler>
  void Wait(asio::posix::stream_descriptor* descriptor,
            asio::posix::stream_descriptor::wait_type type, Handler&& handler) {
    descriptor->async_wait(type, InTurn(std::forward<Handler>(handler)));
  }

  asio::io_context& context() { return context_; }
  ReadWaits& read_waits() { return *read_waits_; }

  // Ends the thread; what was posted and has not run is destroyed unrun. Not
  // from within a turn.
  void Stop();

 private:
  class Turn {
   public:
    explicit Turn(EventLoop* loop) : Turn((loop->turn_.lock(), loop), std::adopt_lock) {}
    Turn(EventLoop* loop, std::adopt_lock_t) : loop_(loop) { current_ = loop; }
    ~Turn() {
      current_ = nullptr;
      loop_->turn_.unlock();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    EventLoop* const loop_;
  };

  struct Loan {
    int fd = -1;
    int cpu = -1;
    bool awake = false;  // It is likely to be a short one.
    absl::AnyInvocable<void(bool)> then;
  };

  // Runs it and destroys it, with all that it holds, in the turn.
  template <typename F>
  void Finish(F&& function) {
    {
      auto own = std::forward<F>(function);
      own();
    }
    if (!at_turn_end_.empty()) EndTurn();
  }
  void EndTurn();
  void Serve(Loan loan);

  template <typename Handler>
  auto InTurn(Handler&& handler) {
    return [this, handler = std::forward<Handler>(handler)](const asio::error_code& error) mutable {
      Turn turn(this);
      Finish([&error, handler = std::move(handler)]() mutable { handler(error); });
    };
  }

  // The loop whose turn this thread has.
  static inline thread_local EventLoop* current_ = nullptr;

  // The one asked for last, if it is not there yet. Guarded by the turn. Outlives the context, with
  // which the last functions are destroyed and what they hold.
  const Awaited* last_awaited_ = nullptr;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mutex turn_;
  std::atomic<int> posted_ = 0;  // And not run yet.
  // Guarded by the turn:
  std::deque<absl::AnyInvocable<void()>> at_turn_end_;
  bool may_borrow_ = false;
  bool lent_ = false;
  Loan loan_;
  int last_loan_fd_ = -1;
  int loans_in_a_row_ = 0;  // Of that descriptor.
  std::unique_ptr<ReadWaits> read_waits_;
  std::thread thread_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_EVENT_LOOP_H_
