// A fork(2) that signals do not interrupt. Where the supervisor counts processes, fork waits for
// its answer, and the kernel lets a signal cancel that wait: fork would fail with EINTR, which no
// program expects of it (a shell's SIGCHLD is enough). So signals are blocked until it is done.
// glibc's posix_spawn and pthread_create, and callers of vfork, block signals themselves.
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

namespace {

using Fork = pid_t();

// It is looked up at the start, as a signal handler may call fork, but not dlsym.
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
