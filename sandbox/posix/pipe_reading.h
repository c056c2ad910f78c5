// Reading of pipes to which a guest writes, in bounded time.
#ifndef CARREL_SANDBOX_POSIX_PIPE_READING_H_
#define CARREL_SANDBOX_POSIX_PIPE_READING_H_

#include <sys/types.h>

#include <string>

#include "absl/functional/function_ref.h"

namespace carrel {

using TakeBytes = absl::FunctionRef<void(std::string)>;

// Reads once from a non-blocking pipe, at most 64 KiB, and passes the bytes to `take`. Returns the
// result of read(2).
ssize_t ReadPipe(int pipe, TakeBytes take);

// Reads all that the pipe holds now, and little of what is written meanwhile, which may never end:
// it reads little more than the pipe's capacity, and at most as often as there can be packets in it
// (a pipe with O_DIRECT returns one at a time).
void DrainPipe(int pipe, TakeBytes take);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_PIPE_READING_H_
