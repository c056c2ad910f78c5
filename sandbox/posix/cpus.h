// On which CPUs threads run.
#ifndef CARREL_SANDBOX_POSIX_CPUS_H_
#define CARREL_SANDBOX_POSIX_CPUS_H_

#include <sys/types.h>

namespace carrel {

// The CPU of a thread that may use but one; -1 if it may use several, or is not there.
// `tid` may be a process, for its first thread.
int OnlyCpuOf(pid_t tid);

// Has this thread go on on another CPU than that one; it may come back at any time. False if it
// may use no other.
bool LeaveCpu(int cpu);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_CPUS_H_
