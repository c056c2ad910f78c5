// The machine as a session sees it: the memory, CPUs and processes that the session may have, in
// the files where libraries look them up. They are hints that a guest can only read; its limits are
// enforced elsewhere.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_SESSION_VIEW_H_
#define CARREL_SANDBOX_CHILD_CONFINE_SESSION_VIEW_H_

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// A directory on the session's own tmpfs that belongs to root. The image's /sys has links to it, in
// place of the files of a cgroup of version 2 and of the list of CPUs.
inline constexpr char kSessionViewPath[] = "/run/session/view";
// The replacement of /proc/meminfo. It does not change: it does not reveal how much memory is free.
inline constexpr char kSessionMeminfo[] = "/run/session/view/meminfo";

// Makes these files. Returns false, with errno set, on failure.
bool MakeSessionView(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_SESSION_VIEW_H_
