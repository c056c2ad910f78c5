#include "sandbox/ipc/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace carrel {
namespace {

// Copies the descriptors of one control message. Returns false if there is no room for all; then it
// has closed the rest.
bool Take(const cmsghdr* header, std::span<int> descriptors, size_t* count) {
  const size_t all = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  bool fits = true;
  for (size_t i = 0; i < all; ++i) {
    int fd;
    memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
    if (*count < descriptors.size()) {
      descriptors[(*count)++] = fd;
    } else {
      close(fd);
      fits = false;
    }
  }
  return fits;
}

}  // namespace

ssize_t SendDescriptors(int socket, std::span<const char> bytes, std::span<const int> descriptors,
                        int flags) {
  if (descriptors.size() > kMaxDescriptors) {
    errno = EMSGSIZE;
    return -1;
  }
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t n;
  do {
    n = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n;
}

ssize_t ReceiveDescriptors(int socket, std::span<char> buffer, std::span<int> descriptors,
                           size_t* count, int flags) {
  *count = 0;
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t n;
  do {
    n = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return n;
  bool fits = (message.msg_flags & MSG_CTRUNC) == 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      fits = Take(header, descriptors, count) && fits;
  if (fits) return n;
  for (int fd : descriptors.first(*count)) close(fd);
  *count = 0;
  return n;
}

}  // namespace carrel
