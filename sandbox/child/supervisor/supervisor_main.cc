// carrel-supervisor: the first process of a session, executed by the zygote's child that has forked
// the interpreter. It drops the rights that it does not need, then supervises. It is linked
// statically: it runs in the image's root, and is small.
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/child/confine/failer.h"
#include "sandbox/child/confine/priority.h"
#include "sandbox/child/confine/privileges.h"
#include "sandbox/child/confine/session_plan.h"
#include "sandbox/child/policy/syscall_filter.h"
#include "sandbox/child/supervisor/supervisor.h"
#include "sandbox/child/supervisor/supervisor_config.h"
#include "sandbox/ipc/descriptors.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

void OnChild(int) {}

// Makes SIGCHLD end the wait in Supervise.
bool WatchForChildren() {
  struct sigaction action {};
  action.sa_handler = OnChild;
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  return sigaction(SIGCHLD, &action, nullptr) == 0 &&
         sigprocmask(SIG_BLOCK, &children, nullptr) == 0;
}

// Drops all rights except the one to signal its child, which has another user id. The pid
// namespace, or the ids and Landlock, limit which processes it may signal.
void GiveUpRights(const SupervisorConfig& config, const Failer& failer) {
  if (!IsApplied(Layer::kSupervisorRights)) return;
  failer.Check(DropCapabilitiesForever(), "supervisor: bounding set");
  if (config.traits.own_namespaces) {
    failer.Check(SetCapabilities(1ULL << CAP_KILL), "supervisor: capabilities");
  } else if (config.traits.own_user) {
    failer.Check(AssumeSupervisorIds(config.uid, config.own_uid), "supervisor: user ids");
  } else {
    failer.Check(SetCapabilities(0), "supervisor: capabilities");
  }
  failer.Check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "supervisor: dumpable");
  failer.Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "supervisor: no_new_privs");
}

// Receives a single byte and the descriptor with it. Returns -1 if the peer was closed without
// sending one.
int ReceiveListener() {
  char byte;
  int listener;
  size_t count;
  const ssize_t n = ReceiveDescriptors(kListenerSocketFd, {&byte, 1}, {&listener, 1}, &count);
  return n == 1 && count == 1 ? listener : -1;
}

[[noreturn]] void Main(int argc, char** argv) {
  const Failer failer(kSupervisorFd);
  failer.Check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "supervisor: dumpable");
  SupervisorConfig config;
  failer.Check(ReadConfig(argc, argv, kSharedConfigFd, &config), "supervisor: configuration");
  close(kSharedConfigFd);
  failer.Check(WatchForChildren(), "supervisor: signals");
  // This comes after the exec, because until then the zygote waits.
  failer.Check(YieldToTheHost(), "supervisor: priority");
  GiveUpRights(config, failer);
  // The socket is closed without a descriptor if the interpreter's confinement has failed.
  const int listener = ReceiveListener();
  close(kListenerSocketFd);
  const pid_t self = getpid();
  failer.Check(!IsApplied(Layer::kSupervisorFilter) || ApplySyscallFilter(config.filter),
               "supervisor: seccomp");
  Supervise(config, self, listener);
}

}  // namespace
}  // namespace carrel::child

int main(int argc, char** argv) { carrel::child::Main(argc, argv); }
