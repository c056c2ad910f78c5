// Makes sure that a user id which sessions share one after the other is nobody's now.
#ifndef CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_
#define CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_

#include <cstdint>

namespace carrel {

// Kills what runs as `uid`, again and again until nothing does; true if nothing is left.
// Where sessions have pid namespaces the kernel has seen to that; elsewhere their
// supervisors do, unless somebody has killed one. Walks /proc and blocks for up to a
// second: not on the loop. Must be allowed to signal that user, who must not be root.
bool SweepUser(uint32_t uid);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_USER_SWEEP_H_
