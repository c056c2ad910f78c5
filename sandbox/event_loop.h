// The one thread on which sandboxes and sessions live. Code that runs on it
// must not block.
#ifndef CARREL_SANDBOX_EVENT_LOOP_H_
#define CARREL_SANDBOX_EVENT_LOOP_H_

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <thread>
#include <utility>

namespace carrel {

// Owns an asio::io_context and the thread that runs it. The destructor stops
// the loop after the handler that is running, and joins.
class EventLoop {
 public:
  EventLoop() : work_(asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {}
  ~EventLoop() { Stop(); }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs `function` on the loop's thread, later. Any thread may call.
  template <typename F>
  void Post(F&& function) {
    asio::post(context_, std::forward<F>(function));
  }

  // True on the loop's thread.
  bool InLoop() const { return std::this_thread::get_id() == thread_.get_id(); }

  asio::io_context& context() { return context_; }

  // Ends the thread; what was posted and has not run is destroyed unrun. Not
  // from the loop's own thread.
  void Stop() {
    work_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_EVENT_LOOP_H_
