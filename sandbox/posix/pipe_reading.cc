#include "sandbox/posix/pipe_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace carrel {
namespace {

// The most that a pipe can hold for an unprivileged user (fs.pipe-max-size).
constexpr size_t kMaxPipeBytes = 1 << 20;
// Each packet occupies at least a page of the pipe.
constexpr size_t kPageBytes = 4096;

// Asks the kernel: the pipe's writers may have changed its capacity.
size_t CapacityOf(int pipe) {
  const int bytes = fcntl(pipe, F_GETPIPE_SZ);
  return bytes > 0 ? std::min(static_cast<size_t>(bytes), kMaxPipeBytes) : kMaxPipeBytes;
}

}  // namespace

ssize_t ReadPipe(int pipe, TakeBytes take) {
  char buffer[64 << 10];
  ssize_t n;
  do {
    n = read(pipe, buffer, sizeof(buffer));
  } while (n < 0 && errno == EINTR);
  if (n > 0) take(std::string(buffer, static_cast<size_t>(n)));
  return n;
}

void DrainPipe(int pipe, TakeBytes take) {
  ssize_t n = ReadPipe(pipe, take);
  if (n <= 0) return;
  const size_t capacity = CapacityOf(pipe);
  size_t total = static_cast<size_t>(n);
  for (size_t reads = 1; total < capacity && reads < capacity / kPageBytes; ++reads) {
    n = ReadPipe(pipe, take);
    if (n <= 0) return;
    total += static_cast<size_t>(n);
  }
}

}  // namespace carrel
