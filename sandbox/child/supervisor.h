// The first process of a session: reaps orphans, passes interrupts on, answers the
// system calls that the filter asks about, and tells the host how the interpreter ended.
// It ends when all of the session's processes have: as pid 1 of a pid namespace the
// kernel sees to that, else it does itself.
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_H_

#include <sys/types.h>

#include <vector>

#include "sandbox/child/session_plan.h"
#include "sandbox/child/syscall_policy.h"

namespace carrel::child {

// The few calls that Supervise makes.
std::vector<SyscallRule> SupervisorSyscalls(const PolicyGround& ground);

// Runs until the interpreter has ended, or the host asks for the end or has closed its
// side, and no process of the session is left. `listener` is the seccomp listener, -1
// for none. SIGCHLD must be blocked and have a handler: it makes the wait return.
// `self` is the caller's own pid: the filter it runs under does not let it ask.
[[noreturn]] void Supervise(const SessionPlan& plan, pid_t self, pid_t interpreter, int listener);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_H_
