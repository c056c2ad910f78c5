#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>

#include "sandbox/child/policy/syscall_policy.h"

namespace carrel::child {
namespace {

constexpr uint64_t kCommand = 0xffffffff;

}  // namespace

std::vector<SyscallRule> SupervisorSyscalls(const PolicyTraits& traits) {
  const std::vector<SyscallRule> rows = {
      {"ppoll", Verdict::kAllow, 0, {}, {}, "wait"},
      {"wait4", Verdict::kAllow, 0, {}, {}, "reap"},
      {"recvfrom", Verdict::kAllow, 0, {}, {}, "receive the host's messages"},
      {"sendto", Verdict::kAllow, 0, {}, {}, "report to the host"},
      {"kill", Verdict::kAllow, 0, {}, {}, "interrupt, and end"},
      {"ioctl",
       Verdict::kAllow,
       0,
       {1, kCommand, SECCOMP_IOCTL_NOTIF_RECV},
       {},
       "receive notifications"},
      {"ioctl",
       Verdict::kAllow,
       0,
       {1, kCommand, SECCOMP_IOCTL_NOTIF_SEND},
       {},
       "answer the filter"},
      {"rt_sigreturn", Verdict::kAllow, 0, {}, {}, "leave the SIGCHLD handler"},
      {"exit_group", Verdict::kAllow, 0, {}, {}, "end the session"},
      {"ioctl",
       Verdict::kAllow,
       0,
       {1, kCommand, SECCOMP_IOCTL_NOTIF_ID_VALID},
       {},
       "hand out a file of /proc",
       Where::kNoNamespaces},
      {"ioctl",
       Verdict::kAllow,
       0,
       {1, kCommand, SECCOMP_IOCTL_NOTIF_ADDFD},
       {},
       "hand out a file of /proc",
       Where::kNoNamespaces},
      {"openat", Verdict::kAllow, 0, {2, O_ACCMODE, 0}, {}, "look at /proc", Where::kNoNamespaces},
      {"getdents64", Verdict::kAllow, 0, {}, {}, "count tasks in /proc", Where::kSharedUser},
      {"read", Verdict::kAllow, 0, {}, {}, "count tasks in /proc", Where::kSharedUser},
      {"close", Verdict::kAllow, 0, {}, {}, "look at /proc", Where::kNoNamespaces},
  };
  return ExpandRows(rows, traits);
}

}  // namespace carrel::child
