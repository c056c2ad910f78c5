#include "sandbox/child/supervisor/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/child/confine/session_plan.h"
#include "sandbox/child/supervisor/seccomp_notification_handler.h"
#include "sandbox/child/supervisor/task_budget.h"
#include "sandbox/ipc/supervisor_message.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

using Kind = SupervisorMessage::Kind;

class Supervisor {
 public:
  Supervisor(const SupervisorConfig& config, pid_t self, int listener)
      : own_namespaces_(config.traits.own_namespaces),
        interpreter_(config.interpreter),
        listener_(listener),
        notifier_(SeccompNotificationHandler(config.rows), !own_namespaces_, listener,
                  kSupervisorFd),
        budget_(self, config.process_count) {}

  [[noreturn]] void Run() {
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
      Reap();
      pollfd sources[] = {{kSupervisorFd, POLLIN, 0}, {listener_, POLLIN, 0}};
      int ready = ppoll(sources, 2, nullptr, &none);
      if (ready < 0 && errno != EINTR) End(1);
      if (ready <= 0) continue;
      if (sources[0].revents != 0 && !HandleHost()) End(0);
      if ((sources[1].revents & POLLIN) != 0)
        notifier_.Serve([this] { return !IsApplied(Layer::kTaskBudget) || budget_.MayGrow(); });
      else if (sources[1].revents != 0)
        listener_ = -1;  // No process under the filter is left.
    }
  }

 private:
  // Reaps children, and ends the session once the interpreter is among them.
  void Reap() {
    int status = 0;
    rusage usage{};
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
      if (pid == interpreter_) ReportEnd(status, usage);
  }

  [[noreturn]] void ReportEnd(int status, const rusage& usage) {
    SupervisorMessage message{};
    message.kind = Kind::kExited;
    message.value = status;
    message.cpu_microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 +
                               usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    message.peak_memory_bytes = usage.ru_maxrss * 1024;
    SendMessage(kSupervisorFd, message);
    End(0);
  }

  // Returns false when the host is gone, or requests the end.
  bool HandleHost() {
    SupervisorMessage message{};
    ssize_t n = recv(kSupervisorFd, &message, sizeof(message), MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n != static_cast<ssize_t>(sizeof(message)) || message.kind == Kind::kKill) return false;
    if (message.kind == Kind::kInterrupt) {
      // The signal goes to the group, as a terminal's Ctrl-C does: os.system() ignores SIGINT
      // itself and waits for its child to obey.
      kill(-interpreter_, SIGINT);
      return SendMessage(kSupervisorFd, Kind::kInterrupted, 0);
    }
    return true;
  }

  [[noreturn]] void End(int code) {
    if (!own_namespaces_ && IsApplied(Layer::kSweep)) KillAll();
    _exit(code);
  }

  // Kills all processes of the session: its Landlock domain or its ids let this process signal no
  // others. One pass reaches all that live (kill(2) walks the list of processes while no fork can
  // add to it), and each of them becomes a child of this process when its parent dies.
  void KillAll() {
    for (;;) {
      kill(-1, SIGKILL);
      pid_t pid = wait4(-1, nullptr, 0, nullptr);
      if (pid < 0 && errno == ECHILD) return;
    }
  }

  const bool own_namespaces_;
  const pid_t interpreter_;
  int listener_;
  SyscallNotifier notifier_;
  TaskBudget budget_;
};

}  // namespace

void Supervise(const SupervisorConfig& config, pid_t self, int listener) {
  Supervisor(config, self, listener).Run();
}

}  // namespace carrel::child
