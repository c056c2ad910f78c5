// Where the supervisor counts processes, fork(2) waits for its answer, and the kernel lets a
// signal break off that wait: fork would fail with EINTR, which no program expects of it (a
// shell's SIGCHLD is enough). So signals wait until it is done. glibc's posix_spawn and
// pthread_create, and those who call vfork, see to that themselves.
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

namespace {

using Fork = pid_t();

// Looked up at the start, as fork may be called by a signal handler, and dlsym may not.
Fork* const next_fork = reinterpret_cast<Fork*>(dlsym(RTLD_NEXT, "fork"));

}  // namespace

extern "C" pid_t fork() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = next_fork();
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}
