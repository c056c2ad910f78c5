#include "sandbox/processes/scheduling.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

constexpr char kGroup[] = "/proc/self/autogroup";
// The niceness of 28 times the default weight (sched_prio_to_weight in the kernel's sched/core.c).
constexpr int kNice = -15;

}  // namespace

absl::Status RaiseOwnShare() {
  if (setpriority(PRIO_PROCESS, 0, kNice) != 0)
    return absl::FailedPreconditionError(
        absl::StrCat("it may not, which takes CAP_SYS_NICE: ", std::strerror(errno)));
  if (access(kGroup, F_OK) != 0) return absl::OkStatus();
  if (getsid(0) != getpid())
    return absl::FailedPreconditionError("it was not started in a session (setsid) of its own");
  absl::Status written = WriteSmallFile(kGroup, absl::StrCat(kNice));
  if (written.ok()) return written;
  return absl::FailedPreconditionError(absl::StrCat("it may not: ", written.message()));
}

}  // namespace carrel
