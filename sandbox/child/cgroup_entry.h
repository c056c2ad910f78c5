// How a session's first process comes into the session's cgroup, and with it all others.
#ifndef CARREL_SANDBOX_CHILD_CGROUP_ENTRY_H_
#define CARREL_SANDBOX_CHILD_CGROUP_ENTRY_H_

#include <linux/sched.h>
#include <stddef.h>

namespace carrel::child {

// vfork of a process that is born in a cgroup. Preferred, since to move a process the kernel
// waits for each CPU to change tasks once (an RCU grace period, milliseconds), and holds up every
// fork of the machine meanwhile. Returns the pid, 0 in the child, or a negative errno.
//
// WARNING: as with vfork, the child runs on the caller's stack. So it must be called by its
// name, from a function that does not return in the child while it shares its parent's memory.
extern "C" __attribute__((returns_twice)) long carrel_vfork_into(const clone_args* arguments,
                                                                 size_t size);

// Of a cgroup's folder; the descriptor may be one of O_PATH.
clone_args VforkInto(int cgroup_fd);

// For any other process: it moves itself. False, with errno, if it may not.
bool EnterCgroup(int cgroup_fd);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CGROUP_ENTRY_H_
