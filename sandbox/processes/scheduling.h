// Who gets how much of the CPUs, where no cgroup says it.
#ifndef CARREL_SANDBOX_PROCESSES_SCHEDULING_H_
#define CARREL_SANDBOX_PROCESSES_SCHEDULING_H_

#include "absl/status/status.h"

namespace carrel {

// Gives this thread, and those that it starts, a larger share than sessions have. Where the kernel
// groups processes by session (setsid; sched(7), "The autogroup feature"), each group gets the
// same, whatever the niceness of who is in it: so a guest that calls setsid() again and again would
// leave the host next to nothing. There its group has more; elsewhere, as in a CPU cgroup, where
// niceness is what counts, each of its threads. FAILED_PRECONDITION, with a sentence for people, if
// this process may not, or shares its group with others.
absl::Status RaiseOwnShare();

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_SCHEDULING_H_
