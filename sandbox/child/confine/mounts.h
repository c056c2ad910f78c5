// A session's own mounts, on top of the image's root.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_MOUNTS_H_
#define CARREL_SANDBOX_CHILD_CONFINE_MOUNTS_H_

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// Mounts /mnt/data, /tmp, /dev/shm and /proc, and drops the zygote's view of all sessions. The
// caller is root in the session's own mount and pid namespaces. Returns null on success, else the
// step that failed, with errno set.
const char* MountSession(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_MOUNTS_H_
