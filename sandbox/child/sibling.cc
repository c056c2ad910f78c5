#include "sandbox/child/sibling.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace carrel::child {
namespace {

// In the copy. The signal is sent when the parent of the moment ends, so it may be asked for
// only when `middle` has ended and `keeper` has taken over.
void FollowIntoDeath(pid_t middle, pid_t keeper) {
  while (getppid() == middle) usleep(100);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // It may have ended before it was asked for.
  if (getppid() != keeper) _exit(0);
}

}  // namespace

// As with a session, the first of two processes borrows this one's memory, which is so
// copied but once. It ends at once: that makes its child an orphan, whom the subreaper gets.
bool ForkSibling() {
  const pid_t keeper = getppid();
  if (vfork() != 0) return false;
  const pid_t middle = getpid();
  if (_Fork() != 0) _exit(0);
  FollowIntoDeath(middle, keeper);
  return true;
}

}  // namespace carrel::child
