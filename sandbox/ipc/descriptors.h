// The one place that sends and receives descriptors over Unix sockets (SCM_RIGHTS). Nothing here
// allocates memory, so it may run between fork and exec.
#ifndef CARREL_SANDBOX_IPC_DESCRIPTORS_H_
#define CARREL_SANDBOX_IPC_DESCRIPTORS_H_

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace carrel {

// The maximum number of descriptors of one message.
inline constexpr size_t kMaxDescriptors = 8;

// Sends one message with `descriptors`, at most kMaxDescriptors, which stay the caller's. Returns
// the result of sendmsg(2), with errno. `flags` as there; MSG_NOSIGNAL is added.
ssize_t SendDescriptors(int socket, std::span<const char> bytes, std::span<const int> descriptors,
                        int flags = 0);

// Receives one message into `buffer` and its descriptors, close-on-exec, into `descriptors`; sets
// `count` to their number. Returns the result of recvmsg(2), with errno. A message whose
// descriptors did not all arrive, since there were more than there is room for, or this process may
// open no more, has none: all are closed. `flags` as there.
ssize_t ReceiveDescriptors(int socket, std::span<char> buffer, std::span<int> descriptors,
                           size_t* count, int flags = 0);

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_DESCRIPTORS_H_
