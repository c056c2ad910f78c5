#include "sandbox/child/confine/sibling.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace carrel::child {
namespace {

// Makes the copy die with the subreaper `keeper`. The signal is sent when the parent at that moment
// ends, so it may be requested only after `middle` has ended and `keeper` has become the parent.
void FollowIntoDeath(pid_t middle, pid_t keeper) {
  while (getppid() == middle) usleep(100);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // The keeper may have ended before the signal was requested.
  if (getppid() != keeper) _exit(0);
}

}  // namespace

// As for a session, the first of two processes shares this one's memory, which is so copied only
// once. It exits at once: that makes its child an orphan, which the subreaper adopts.
bool ForkSibling() {
  const pid_t keeper = getppid();
  if (vfork() != 0) return false;
  const pid_t middle = getpid();
  if (_Fork() != 0) _exit(0);
  FollowIntoDeath(middle, keeper);
  return true;
}

}  // namespace carrel::child
