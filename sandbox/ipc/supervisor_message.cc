#include "sandbox/ipc/supervisor_message.h"

#include <errno.h>
#include <sys/socket.h>

namespace carrel {

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

}  // namespace carrel
