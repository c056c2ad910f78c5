#include "sandbox/host/output_pipe.h"

#include <fcntl.h>
#include <poll.h>

namespace carrel {

OutputPipe::OutputPipe(EventLoop* loop, UniqueFd fd, OutputStream stream)
    : loop_(loop), descriptor_(loop->context(), fd.release()), stream_(stream) {
  const int pipe = descriptor_.native_handle();
  fcntl(pipe, F_SETFL, fcntl(pipe, F_GETFL) | O_NONBLOCK);
}

int OutputPipe::Poll() {
  pollfd pipe{descriptor_.native_handle(), POLLIN, 0};
  return poll(&pipe, 1, 0) == 1 ? pipe.revents : 0;
}

bool OutputPipe::HasEnded() {
  const int state = Poll();
  return state != 0 && (state & POLLIN) == 0;
}

void OutputPipe::Close() {
  asio::error_code ignored;
  descriptor_.close(ignored);
}

}  // namespace carrel
