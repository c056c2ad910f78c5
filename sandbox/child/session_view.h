// The machine as a session sees it: with the memory, CPUs and processes that the session may
// have, in the files where libraries look for them. They are hints that a guest can do nothing
// with but read; what holds it to its limits is elsewhere.
#ifndef CARREL_SANDBOX_CHILD_SESSION_VIEW_H_
#define CARREL_SANDBOX_CHILD_SESSION_VIEW_H_

#include "sandbox/child/session_plan.h"

namespace carrel::child {

// On the session's own tmpfs, root's. The image's /sys has links to it, where a cgroup of
// version 2 has its files, and for the list of CPUs.
inline constexpr char kSessionViewPath[] = "/run/session/view";
// In the place of /proc/meminfo. It does not change: what is free is not told.
inline constexpr char kSessionMeminfo[] = "/run/session/view/meminfo";

// Makes them. False with errno set.
bool MakeSessionView(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SESSION_VIEW_H_
