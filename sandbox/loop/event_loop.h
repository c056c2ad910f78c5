// The event loop, on which everything that concerns sandboxes and sessions happens in one order.
// Code that runs on it must not block.
#ifndef CARREL_SANDBOX_LOOP_EVENT_LOOP_H_
#define CARREL_SANDBOX_LOOP_EVENT_LOOP_H_

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace carrel {

class ReadWaits;

// Runs functions one at a time; the thread that runs one *holds the loop*. Most functions run on
// the loop's own thread, which waits for timers and descriptors; but another thread may run a
// function itself (Run), since waking a thread costs more than most functions do. So objects that
// live "on the loop" need no locks, whichever thread holds it.
class EventLoop {
 public:
  EventLoop();
  // For tests, which run context() themselves.
  struct WithoutThread {};
  explicit EventLoop(WithoutThread);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs `function` in a later loop iteration, after everything that was posted before. Any thread
  // may call this.
  template <typename F>
  void Post(F&& function) {
    ++posted_;
    asio::post(context_, [this, function = std::forward<F>(function)]() mutable {
      LoopLock lock(this);
      --posted_;
      Finish(std::move(function));
    });
  }

  // Runs `function` on this thread, before Run returns, if nothing else is running or posted;
  // otherwise acts like Post. Any thread may call this that holds no lock and can wait for a short
  // function; a thread that holds the loop posts.
  template <typename F>
  void Run(F&& function) {
    if (current_ == this || posted_ > 0 || !mutex_.try_lock())
      return Post(std::forward<F>(function));
    InlinePoll poll;
    {
      LoopLock lock(this, std::adopt_lock);
      may_poll_inline_ = !polling_inline_;
      Finish(std::forward<F>(function));
      may_poll_inline_ = false;
      std::swap(poll, inline_poll_);
    }
    if (poll.then) Serve(std::move(poll));
  }

  // Runs `function` when the current one has returned, before the loop is released. Only on the
  // loop.
  void AfterCurrent(absl::AnyInvocable<void()> function) {
    after_current_.push_back(std::move(function));
  }

  // An answer that is awaited from a process; it lives from the request until the answer has
  // arrived. Only on the loop.
  class Awaited {
   public:
    explicit Awaited(EventLoop* loop)
        : loop_(loop), alone_(std::exchange(loop->last_awaited_, this) == nullptr) {}
    ~Awaited() {
      if (loop_->last_awaited_ == this) loop_->last_awaited_ = nullptr;
    }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;

    // True if the answer to the previous request had arrived when this one was made. That is rare
    // where many sessions are busy; an earlier answer that takes long is followed by other
    // requests, and does not count.
    bool alone() const { return alone_; }

   private:
    EventLoop* const loop_;
    const bool alone_;
  };

  // Starts an inline poll for an answer that is alone(): when the current function has returned,
  // the thread that called Run waits until `fd` is readable or a short time has passed, and then
  // calls `then(is readable)` on the loop. So an answer that comes at once finds a waiting thread,
  // and none has to be woken. `cpu` is the only CPU on which the answer can be computed; negative
  // if there are several. Returns false, and does not call `then`, if the current function was not
  // run by Run on its caller's thread, or a thread polls already: the others are needed to serve
  // calls. Only on the loop.
  bool PollInline(const Awaited& answer, int fd, int cpu, absl::AnyInvocable<void(bool)> then);

  // Acts like the objects' own async_wait; the handler runs on the loop. (For a time, use
  // LazyTimer, which waits by the first of these.) The objects must be made with context(), and
  // used only on the loop.
  template <typename Handler>
  void Wait(asio::steady_timer* timer, Handler&& handler) {
    timer->async_wait(OnLoop(std::forward<Handler>(handler)));
  }
  template <typename Handler>
  void Wait(asio::posix::stream_descriptor* descriptor,
            asio::posix::stream_descriptor::wait_type type, Handler&& handler) {
    descriptor->async_wait(type, OnLoop(std::forward<Handler>(handler)));
  }

  asio::io_context& context() { return context_; }
  ReadWaits& read_waits() { return *read_waits_; }

  // Ends the thread; functions that were posted and have not run are destroyed unrun. Must not be
  // called on the loop.
  void Stop();

 private:
  class LoopLock {
   public:
    explicit LoopLock(EventLoop* loop) : LoopLock((loop->mutex_.lock(), loop), std::adopt_lock) {}
    LoopLock(EventLoop* loop, std::adopt_lock_t) : loop_(loop) { current_ = loop; }
    ~LoopLock() {
      current_ = nullptr;
      loop_->mutex_.unlock();
    }
    LoopLock(const LoopLock&) = delete;
    LoopLock& operator=(const LoopLock&) = delete;

   private:
    EventLoop* const loop_;
  };

  struct InlinePoll {
    int fd = -1;
    int cpu = -1;
    bool spins = false;  // The thread spins at first.
    absl::AnyInvocable<void(bool)> then;
  };

  // Runs the function and destroys it, with all that it holds, while this thread holds the loop.
  template <typename F>
  void Finish(F&& function) {
    {
      auto own = std::forward<F>(function);
      own();
    }
    if (!after_current_.empty()) RunAfterCurrent();
  }
  void RunAfterCurrent();
  void Serve(InlinePoll poll);

  template <typename Handler>
  auto OnLoop(Handler&& handler) {
    return [this, handler = std::forward<Handler>(handler)](const asio::error_code& error) mutable {
      LoopLock lock(this);
      Finish([&error, handler = std::move(handler)]() mutable { handler(error); });
    };
  }

  // The loop that this thread holds; null if none.
  static inline thread_local EventLoop* current_ = nullptr;

  // The last request, if its answer has not arrived yet. Guarded by `mutex_`. Outlives the context,
  // with which the last functions are destroyed and all that they hold.
  const Awaited* last_awaited_ = nullptr;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mutex mutex_;
  std::atomic<int> posted_ = 0;  // Functions that were posted and have not run yet.
  // These are guarded by `mutex_`:
  std::deque<absl::AnyInvocable<void()>> after_current_;
  bool may_poll_inline_ = false;
  bool polling_inline_ = false;
  InlinePoll inline_poll_;
  int last_polled_fd_ = -1;
  int polls_in_a_row_ = 0;  // Consecutive inline polls of that descriptor.
  std::unique_ptr<ReadWaits> read_waits_;
  std::thread thread_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LOOP_EVENT_LOOP_H_
