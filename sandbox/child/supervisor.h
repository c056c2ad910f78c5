// Pid 1 of a session: reaps orphans, passes interrupts on, and tells the host how
// the interpreter ended. When it ends the kernel kills all that is left in the
// session's pid namespace.
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "sandbox/child/syscall_policy.h"

namespace carrel::child {

// The few calls that Supervise makes.
const std::vector<SyscallRule>& SupervisorSyscalls();

// Runs until the interpreter has ended or the host has closed its end.
// SIGCHLD must be blocked.
[[noreturn]] void Supervise(int supervisor_fd, pid_t interpreter);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_H_
