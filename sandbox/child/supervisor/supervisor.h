// The supervisor is the first process of a session: it reaps orphans, passes interrupts on, answers
// the system calls that the filter forwards, and reports to the host how the interpreter ended. It
// ends when all of the session's processes have ended: as pid 1 of a pid namespace it has the
// kernel kill them, else it kills them itself.
//
// It is a program of its own (supervisor_main.cc), so that it keeps none of the zygote's memory: as
// a fork it would cost each session a copy of the zygote's page tables.
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_H_

#include <sys/types.h>

#include "sandbox/child/supervisor/supervisor_config.h"

namespace carrel::child {

// Runs until the interpreter has ended, or the host requests the end or has closed its side, and no
// process of the session is left. `listener` is the seccomp listener, -1 for none. SIGCHLD must be
// blocked and have a handler: it makes the wait return. `self` is the caller's own pid, which its
// filter does not let it query.
[[noreturn]] void Supervise(const SupervisorConfig& config, pid_t self, int listener);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_H_
