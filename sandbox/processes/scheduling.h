// CPU shares of carreld and of sessions, where no cgroup sets them.
#ifndef CARREL_SANDBOX_PROCESSES_SCHEDULING_H_
#define CARREL_SANDBOX_PROCESSES_SCHEDULING_H_

#include "absl/status/status.h"

namespace carrel {

// Gives this thread, and those that it starts, a larger share than sessions have. Where the kernel
// groups processes by session (setsid; sched(7), "The autogroup feature"), each group gets the same
// share, whatever the niceness of its processes: so a guest that calls setsid() again and again
// would leave the host next to nothing. There the host's group gets more; elsewhere, as in a CPU
// cgroup, where niceness counts, each of its threads does. Returns FAILED_PRECONDITION, with a
// sentence for people, if this process is not permitted to, or shares its group with others.
absl::Status RaiseOwnShare();

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_SCHEDULING_H_
