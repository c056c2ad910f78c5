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

void Failer::Fail(const char* step) const {
  SendMessage(fd_, SupervisorMessage::Kind::kFailed, errno, step);
  _exit(126);
}

}  // namespace carrel::child
