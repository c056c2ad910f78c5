#include "sandbox/child/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/child/raw.h"

namespace carrel::child {
namespace {

using Kind = SupervisorMessage::Kind;

// SIGCHLD is blocked but while ppoll waits: then this makes ppoll return.
void OnChild(int) {}

[[noreturn]] void TellEnd(int supervisor_fd, int status, const rusage& usage) {
  SupervisorMessage message{};
  message.kind = Kind::kExited;
  message.value = status;
  message.cpu_microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 +
                             usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  message.peak_memory_bytes = usage.ru_maxrss * 1024;
  SendMessage(supervisor_fd, message);
  _exit(0);
}

// Ends the session once the interpreter is among the dead.
void Reap(int supervisor_fd, pid_t interpreter) {
  int status = 0;
  rusage usage{};
  pid_t pid;
  while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
    if (pid == interpreter) TellEnd(supervisor_fd, status, usage);
}

// False when the host is gone.
bool HandleHost(int supervisor_fd, pid_t interpreter) {
  SupervisorMessage message{};
  ssize_t n = recv(supervisor_fd, &message, sizeof(message), MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n != static_cast<ssize_t>(sizeof(message))) return false;
  if (message.kind == Kind::kInterrupt) {
    // The group, as a terminal's Ctrl-C does: os.system() ignores SIGINT itself
    // and waits for its child to obey.
    kill(-interpreter, SIGINT);
    return SendMessage(supervisor_fd, Kind::kInterrupted, 0);
  }
  return true;
}

}  // namespace

const std::vector<SyscallRule>& SupervisorSyscalls() {
  static const auto& table = *new std::vector<SyscallRule>{
      {"ppoll", Verdict::kAllow, 0, {}, {}, "wait"},
      {"wait4", Verdict::kAllow, 0, {}, {}, "reap"},
      {"recvfrom", Verdict::kAllow, 0, {}, {}, "hear the host"},
      {"sendto", Verdict::kAllow, 0, {}, {}, "tell the host"},
      {"kill", Verdict::kAllow, 0, {}, {}, "interrupt"},
      {"rt_sigaction", Verdict::kAllow, 0, {}, {}, "the SIGCHLD handler"},
      {"rt_sigreturn", Verdict::kAllow, 0, {}, {}, "leave it"},
      {"exit_group", Verdict::kAllow, 0, {}, {}, "end the session"},
  };
  return table;
}

void Supervise(int supervisor_fd, pid_t interpreter) {
  struct sigaction action {};
  action.sa_handler = OnChild;
  sigaction(SIGCHLD, &action, nullptr);
  SendMessage(supervisor_fd, Kind::kStarted, interpreter);
  sigset_t none;
  sigemptyset(&none);
  for (;;) {
    Reap(supervisor_fd, interpreter);
    pollfd host{supervisor_fd, POLLIN, 0};
    int ready = ppoll(&host, 1, nullptr, &none);
    if (ready < 0 && errno != EINTR) _exit(1);
    if (ready > 0 && !HandleHost(supervisor_fd, interpreter)) _exit(0);
  }
}

}  // namespace carrel::child
