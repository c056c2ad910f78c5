// Reads pipes that a guest writes to, for no longer than one look at them is worth.
#ifndef CARREL_SANDBOX_POSIX_PIPE_READING_H_
#define CARREL_SANDBOX_POSIX_PIPE_READING_H_

#include <sys/types.h>

#include <string>

#include "absl/functional/function_ref.h"

namespace carrel {

using TakeBytes = absl::FunctionRef<void(std::string)>;

// One read(2) of a pipe that does not block, at most 64 KiB, handed to `take`; its result.
ssize_t ReadPipe(int pipe, TakeBytes take);

// Reads all that the pipe holds now, and little of what is written meanwhile, which may never end:
// no more bytes than it has room for, and no more reads than packets can be in it (a pipe with
// O_DIRECT gives one at a time).
void DrainPipe(int pipe, TakeBytes take);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_PIPE_READING_H_
