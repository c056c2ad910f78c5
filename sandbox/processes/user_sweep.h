// Makes sure that no process has a user id, before the next session gets it.
#ifndef CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_
#define CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_

#include <cstdint>

namespace carrel {

// Kills all processes of `uid`, repeatedly until there are none; returns true if none is left.
// Where sessions have pid namespaces the kernel has killed them already; elsewhere their
// supervisors do, unless one of these was killed. Walks /proc and blocks for up to a second, so it
// must not be called on the loop. The caller must be permitted to signal that user, who must not be
// root.
bool SweepUser(uint32_t uid);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_
