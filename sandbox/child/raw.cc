#include "sandbox/child/raw.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carrel::child {

bool SendMessage(int supervisor_fd, const SupervisorMessage& message) {
  ssize_t n;
  do {
    n = send(supervisor_fd, &message, sizeof(message), MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(sizeof(message));
}

bool SendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value, const char* step) {
  SupervisorMessage message{};
  message.kind = kind;
  message.value = value;
  strncpy(message.step, step, sizeof(message.step) - 1);
  return SendMessage(supervisor_fd, message);
}

bool TrySendMessage(int supervisor_fd, SupervisorMessage::Kind kind, int value) {
  SupervisorMessage message{};
  message.kind = kind;
  message.value = value;
  return send(supervisor_fd, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(sizeof(message));
}

bool SendWithDescriptor(int socket_fd, const void* bytes, size_t size, int descriptor) {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  }
  return sendmsg(socket_fd, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

int ReceiveDescriptor(int socket_fd) {
  char byte;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t n;
  do {
    n = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  cmsghdr* header = n == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int)))
    return -1;
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
  return descriptor;
}

void Failer::Fail(const char* step) const {
  SendMessage(fd_, SupervisorMessage::Kind::kFailed, errno, step);
  _exit(126);
}

}  // namespace carrel::child
