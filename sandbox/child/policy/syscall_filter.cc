#include "sandbox/child/policy/syscall_filter.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carrel::child {
namespace {

// Returns the result of seccomp(2).
long Apply(std::span<const sock_filter> program, unsigned flags) {
  if (program.empty() || program.size() > BPF_MAXINSNS) {
    errno = EINVAL;
    return -1;
  }
  sock_fprog fprog{static_cast<unsigned short>(program.size()),
                   const_cast<sock_filter*>(program.data())};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

}  // namespace

bool PolicyTraits::Includes(Where where) const {
  switch (where) {
    case Where::kEverywhere:
      return true;
    case Where::kOwnNamespaces:
      return own_namespaces;
    case Where::kNoNamespaces:
      return !own_namespaces;
    case Where::kOwnUser:
      return own_user;
    case Where::kSharedUser:
      return !own_user;
  }
  return false;
}

bool ApplySyscallFilter(std::span<const sock_filter> program) { return Apply(program, 0) == 0; }

int ApplyNotifyingSyscallFilter(std::span<const sock_filter> program) {
  constexpr unsigned kListener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  // With this flag, a signal that the caller catches does not cancel the wait for an answer that is
  // under way.
  long listener = Apply(program, kListener | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  // Linux before 5.19 lacks the flag; no isolation mode there forwards calls that are not refused.
  if (listener < 0 && errno == EINVAL) listener = Apply(program, kListener);
  return static_cast<int>(listener);
}

}  // namespace carrel::child
