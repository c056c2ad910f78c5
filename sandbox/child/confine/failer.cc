#include "sandbox/child/confine/failer.h"

#include <errno.h>
#include <unistd.h>

#include "sandbox/ipc/supervisor_message.h"

namespace carrel::child {

void Failer::Fail(const char* step) const {
  SendMessage(fd_, SupervisorMessage::Kind::kFailed, errno, step);
  _exit(126);
}

}  // namespace carrel::child
