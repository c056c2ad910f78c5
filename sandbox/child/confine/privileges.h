// Drops the privileges of a session's processes: capabilities, the user, the right to gain any.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_PRIVILEGES_H_
#define CARREL_SANDBOX_CHILD_CONFINE_PRIVILEGES_H_

#include <sys/types.h>

#include <cstdint>

namespace carrel::child {

// All functions return false, with errno set, if the kernel refuses.

// Sets the permitted and effective sets to `mask` and empties the inheritable one.
bool SetCapabilities(uint64_t mask);

// Empties the bounding and ambient sets and locks the securebits, so that no exec ever gains a
// capability. A caller without CAP_SETPCAP cannot empty the bounding set: then the set must be
// empty already, or the caller must not be root.
bool DropCapabilitiesForever();

// Becomes `uid` for good, with no other group and no capability. `uid` is not root.
bool DropToUser(uint32_t uid);

// Gives the supervisor of a session that has no pid namespace its user ids: it may signal the
// processes of `guest_uid`, none of them may signal it, and neither may signal any other session's.
// kill(2) checks whether the sender's real or effective id is the target's real or saved one. The
// supervisor's effective id is the guest's; its real and saved ids are its own alone.
bool AssumeSupervisorIds(uint32_t guest_uid, uint32_t own_uid);

bool SetNoNewPrivs();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_PRIVILEGES_H_
