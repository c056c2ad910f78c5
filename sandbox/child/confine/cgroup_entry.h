// Places a session's first process, and thereby all others, in the session's cgroup.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_CGROUP_ENTRY_H_
#define CARREL_SANDBOX_CHILD_CONFINE_CGROUP_ENTRY_H_

#include <linux/sched.h>
#include <stddef.h>

namespace carrel::child {

// Does a vfork whose child is born in a cgroup. This is preferred, since to move a process the
// kernel waits until each CPU has switched tasks once (an RCU grace period, milliseconds), and
// delays every fork of the machine meanwhile. Returns the pid, 0 in the child, or a negative errno.
//
// WARNING: as with vfork, the child runs on the caller's stack. So it must be called by its name,
// from a function that does not return in the child while it shares its parent's memory.
extern "C" __attribute__((returns_twice)) long carrel_vfork_into(const clone_args* arguments,
                                                                 size_t size);

// Returns the arguments for carrel_vfork_into and a cgroup's directory; the descriptor may be one
// of O_PATH.
clone_args VforkInto(int cgroup_fd);

// Moves the calling process into the cgroup. Returns false, with errno, if it may not.
bool EnterCgroup(int cgroup_fd);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_CGROUP_ENTRY_H_
