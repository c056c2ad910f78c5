#include "sandbox/child/confine/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

bool HasCapability(int capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  return syscall(SYS_capget, &header, data) == 0 &&
         (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

bool BoundingSetIsEmpty() {
  int set = 0;
  for (int capability = 0; (set = prctl(PR_CAPBSET_READ, capability, 0, 0, 0)) >= 0; ++capability)
    if (set == 1) return false;
  return true;
}

bool ChangeUser(uint32_t uid) {
  // A process that may not change its groups must have only harmless ones: those of the user.
  if (setgroups(0, nullptr) != 0 && (errno != EPERM || getuid() != uid)) return false;
  if (setresgid(uid, uid, uid) != 0 && (errno != EPERM || getuid() != uid)) return false;
  return setresuid(uid, uid, uid) == 0;
}

}  // namespace

bool SetCapabilities(uint64_t mask) {
  if (!IsApplied(Layer::kCapabilities)) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  uint32_t low = static_cast<uint32_t>(mask), high = static_cast<uint32_t>(mask >> 32);
  __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};
  return syscall(SYS_capset, &header, data) == 0;
}

bool DropCapabilitiesForever() {
  if (!IsApplied(Layer::kCapabilities)) return true;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  // A process that was started without CAP_SETPCAP cannot empty the bounding set. If that set is
  // not empty, no_new_privs and the lack of root rights keep an exec from gaining a capability.
  if (!HasCapability(CAP_SETPCAP)) return BoundingSetIsEmpty() || geteuid() != 0;
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
  return !IsApplied(Layer::kSecurebits) ||
         prctl(PR_SET_SECUREBITS, SECURE_ALL_BITS | SECURE_ALL_LOCKS, 0, 0, 0) == 0;
}

bool DropToUser(uint32_t uid) {
  if (uid == 0) {
    errno = EINVAL;
    return false;
  }
  if (IsApplied(Layer::kOwnUser) && !ChangeUser(uid)) return false;
  // The change of user made /proc/self belong to root; the guest may inspect itself.
  return SetCapabilities(0) && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

bool AssumeSupervisorIds(uint32_t guest_uid, uint32_t own_uid) {
  if (guest_uid == 0 || own_uid == 0 || guest_uid == own_uid) {
    errno = EINVAL;
    return false;
  }
  return setgroups(0, nullptr) == 0 && setresgid(guest_uid, guest_uid, guest_uid) == 0 &&
         setresuid(own_uid, guest_uid, own_uid) == 0 && SetCapabilities(0);
}

bool SetNoNewPrivs() {
  return !IsApplied(Layer::kNoNewPrivs) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace carrel::child
