#include "sandbox/spawn/isolation_mode.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "sandbox/child/confine/landlock.h"

namespace carrel {
namespace {

// Older versions refuse to move files between directories, which honest programs do.
constexpr int kLeastAbi = 2;

// Tries it in a child that changes nothing outside the namespaces it makes.
bool MayMakeNamespaces() {
  pid_t child = fork();
  if (child == 0) {
    int flags =
        CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    bool ok =
        unshare(flags) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    _exit(ok ? 0 : 1);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

// Returns whether the process has the capabilities to give each session a user of its own.
bool MayChangeUsers() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  for (int capability : {CAP_SETUID, CAP_SETGID, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL})
    if ((data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) == 0) return false;
  return true;
}

absl::Status TooWeak(const std::string& message) {
  return absl::FailedPreconditionError(absl::StrCat("refusing to serve: ", message));
}

}  // namespace

const char* IsolationModeName(IsolationMode isolation_mode) {
  switch (isolation_mode) {
    case IsolationMode::kNative:
      return "native";
    case IsolationMode::kContainer:
      return "container";
    case IsolationMode::kRestricted:
      return "restricted";
  }
  return "unknown";
}

absl::StatusOr<IsolationMode> FindIsolationMode() {
  const int abi = child::LandlockAbi();
  if (abi < kLeastAbi) {
    return TooWeak(absl::StrCat("this kernel has Landlock ABI ", abi, " and Carrel needs ",
                                kLeastAbi,
                                " at least; use Linux 5.19 or later with `landlock` among its "
                                "security modules (the boot parameter lsm=)"));
  }
  if (geteuid() == 0) {
    if (MayMakeNamespaces()) return IsolationMode::kNative;
    if (MayChangeUsers()) return IsolationMode::kContainer;
    return TooWeak(
        "root without the capabilities SETUID, SETGID, CHOWN, DAC_OVERRIDE, FOWNER and KILL can "
        "neither give sessions users of their own nor protect the image's files; leave the "
        "container its default capabilities, or run as another user (--user 10001)");
  }
  if (abi < child::kScopesAbi) {
    return TooWeak(
        absl::StrCat("an ordinary user needs Landlock ABI ", child::kScopesAbi,
                     " to keep sessions apart, and this "
                     "kernel has ",
                     abi,
                     "; use Linux 6.12 or later, or start as root so that each session gets "
                     "a user id of its own"));
  }
  return IsolationMode::kRestricted;
}

}  // namespace carrel
