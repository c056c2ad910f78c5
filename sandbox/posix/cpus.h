// The CPUs on which threads run.
#ifndef CARREL_SANDBOX_POSIX_CPUS_H_
#define CARREL_SANDBOX_POSIX_CPUS_H_

#include <sys/types.h>

namespace carrel {

// Returns the CPU of a thread that may use only one; -1 if it may use several, or does not exist.
// `tid` may be a process id, which stands for its first thread.
int OnlyCpuOf(pid_t tid);

// Moves this thread to another CPU than `cpu`; the kernel may move it back at any time. Returns
// false if the thread may use no other.
bool LeaveCpu(int cpu);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_CPUS_H_
