// One of the pipes to which an interpreter's C code and its subprocesses write.
#ifndef CARREL_SANDBOX_HOST_OUTPUT_PIPE_H_
#define CARREL_SANDBOX_HOST_OUTPUT_PIPE_H_

#include <poll.h>
#include <sys/types.h>

#include <asio/posix/stream_descriptor.hpp>
#include <utility>

#include "sandbox/cell.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/posix/pipe_reading.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// Lives on the loop.
class OutputPipe {
 public:
  OutputPipe(EventLoop* loop, UniqueFd fd, OutputStream stream);

  OutputStream stream() const { return stream_; }

  // Calls `handler` on the loop, once the pipe is readable or has no writers left.
  template <typename Handler>
  void Await(Handler&& handler) {
    loop_->Wait(&descriptor_, asio::posix::stream_descriptor::wait_read,
                std::forward<Handler>(handler));
  }
  // Returns true while the pipe holds anything at all, even an empty buffer that FIONREAD counts as
  // nothing.
  bool HasBytes() { return (Poll() & POLLIN) != 0; }
  // Returns true once the pipe is empty and has no writers left.
  bool HasEnded();
  // See ReadPipe and carrel::DrainPipe.
  ssize_t Read(TakeBytes take) { return ReadPipe(descriptor_.native_handle(), take); }
  void Drain(TakeBytes take) { DrainPipe(descriptor_.native_handle(), take); }
  void Close();

  // True if the pipe is to be read again when a pause of its reader ends; the reader's note.
  bool rests = false;

 private:
  int Poll();

  EventLoop* const loop_;
  asio::posix::stream_descriptor descriptor_;
  const OutputStream stream_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_OUTPUT_PIPE_H_
