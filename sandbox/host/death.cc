#include "sandbox/host/death.h"

#include <signal.h>
#include <sys/wait.h>

#include "absl/strings/str_cat.h"
#include "sandbox/host/death_message.h"

namespace carrel {
namespace {

bool DiedOf(int signal, const EndObservations& seen) {
  return seen.wait_status.has_value() && WIFSIGNALED(*seen.wait_status) &&
         WTERMSIG(*seen.wait_status) == signal;
}

void SetKilled(StopReason reason, Death* death) {
  death->killed_by_host = true;
  death->reason = reason;
}

}  // namespace

// The OOM killer takes all processes at once, so any other kill that was intended came too late. A
// process that exited, or died of another signal, did so before.
bool DiedOfMemory(const EndObservations& seen) {
  return seen.cgroup.has_value() && seen.cgroup->killed_for_memory &&
         (!seen.wait_status.has_value() || DiedOf(SIGKILL, seen));
}

Death DescribeDeath(const EndObservations& seen) {
  Death death;
  if (DiedOfMemory(seen)) {
    SetKilled(seen.cgroup->over_own_limit ? StopReason::kMemoryLimit : StopReason::kMemoryShortage,
              &death);
  } else if (seen.killed_for.has_value()) {
    SetKilled(*seen.killed_for, &death);
  } else if (seen.interrupted_for.has_value() && DiedOf(SIGINT, seen)) {
    // A process that has restored SIGINT's default action, or executed another program, dies of the
    // host's interrupt.
    SetKilled(*seen.interrupted_for, &death);
  } else if (!seen.wait_status.has_value()) {
    death.unexplained = true;
  } else if (WIFSIGNALED(*seen.wait_status)) {
    death.signal = WTERMSIG(*seen.wait_status);
    if (death.signal == SIGABRT && seen.writer_had_no_memory) death.reached = ReachedLimit::kMemory;
  } else {
    death.exit_code = WEXITSTATUS(*seen.wait_status);
  }
  death.message = DeathMessage(death);
  return death;
}

absl::Status DescribeFailedStart(const Death& death, const std::string& failed_step) {
  if (!failed_step.empty())
    return absl::InternalError(absl::StrCat("confinement failed at ", failed_step));
  const std::string text = absl::StrCat("the interpreter did not start: ", death.message);
  // Another process has killed it, as the kernel does when memory is short: the next one may live.
  return death.signal == SIGKILL || death.unexplained ? absl::UnavailableError(text)
                                                      : absl::InternalError(text);
}

}  // namespace carrel
