#include "sandbox/child/zygote/zygote_start.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace carrel::child {

void GuardZygote(const char* name) {
  // Guests that have its user id can neither read nor trace it.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

bool ReadLaunch(internal::ZygoteLaunch* launch, bool peek) {
  std::vector<char> buffer(256 << 10);
  ssize_t n = recv(kControlFd, buffer.data(), buffer.size(), peek ? MSG_PEEK : 0);
  return n > 0 && launch->ParseFromArray(buffer.data(), static_cast<int>(n));
}

bool AnnounceZygote(int control_fd, const std::string& python_version, const std::string& error) {
  internal::ZygoteMessage message;
  message.mutable_ready()->set_python_version(python_version);
  message.mutable_ready()->set_error(error);
  message.mutable_ready()->set_pid(getpid());
  const std::string bytes = message.SerializeAsString();
  return send(control_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace carrel::child
