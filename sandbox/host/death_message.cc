#include "sandbox/host/death_message.h"

#include <signal.h>
#include <string.h>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

const char* KillSentence(StopReason reason) {
  switch (reason) {
    case StopReason::kTimeout:
      return "The interpreter was killed: the cell ran out of time and did not stop when "
             "interrupted.";
    case StopReason::kCancelled:
      return "The interpreter was killed: the cell was cancelled and did not stop when "
             "interrupted.";
    case StopReason::kMemoryLimit:
      return "The interpreter was killed: the session's processes used more memory than allowed.";
    case StopReason::kMemoryShortage:
      return "The interpreter was killed: all sessions together used more memory than there is, "
             "and this one had the largest process.";
    case StopReason::kCpuTimeLimit:
      return "The interpreter was killed: the cell used more CPU time than allowed and did not "
             "stop when interrupted.";
    case StopReason::kFileCountLimit:
      return "The interpreter was killed: there were more files in the workspace than allowed.";
    case StopReason::kTemporaryLimit:
      return "The interpreter was killed: /tmp and /dev/shm took more space than allowed.";
    case StopReason::kWorkspaceLimit:
      return "The interpreter was killed: the session's files took more space than allowed.";
    case StopReason::kProtocolViolation:
      return "The interpreter was killed: it broke the protocol with its host.";
    case StopReason::kSessionDeleted:
      return "The interpreter was killed: its session was deleted.";
  }
  return "The interpreter was killed.";
}

}  // namespace

std::string DeathMessage(const Death& death) {
  if (death.killed_by_host) return KillSentence(death.reason);
  if (death.unexplained)
    return "The interpreter vanished, perhaps killed because the machine ran out of memory.";
  if (death.signal == SIGSYS)
    return "The interpreter was killed for a system call that is never allowed (SIGSYS).";
  if (death.reached == ReachedLimit::kMemory)
    return "The interpreter ended itself (SIGABRT): a library needed memory, and the session may "
           "have no more.";
  if (death.signal != 0) {
    const char* name = sigabbrev_np(death.signal);
    return absl::StrCat("The interpreter crashed: it was killed by SIG",
                        name != nullptr ? name : std::to_string(death.signal), ".");
  }
  return absl::StrCat("The interpreter process exited with code ", death.exit_code, ".");
}

}  // namespace carrel
