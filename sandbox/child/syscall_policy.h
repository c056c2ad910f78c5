// Which system calls a session's processes may make (guarantees G4 and G6).
//
// The policy is a table: a call, a rule, a reason. It is compiled once, by the
// zygote, before any fork; a child only applies the bytes. What is not in the
// table is refused with EPERM, by the session's supervisor, which tells the host
// what it was (seccomp_unotify(2)).
#ifndef CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
#define CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/child/syscall_filter.h"

namespace carrel::child {

// What a rule answers.
enum class Verdict : uint8_t {
  kAllow,
  kErrno,   // Refused with SyscallRule::error, unseen: programs fall back.
  kRefuse,  // Refused with SyscallRule::error, and the host is told.
  kIgnore,  // Not made, and answered as if it were: for what the kernel takes as a wish only.
  kCount,   // Makes a process or thread: the supervisor allows it within the limit.
  kKill,    // Escape class: no honest program of ours makes it. Kills the process.
};

// A row of the table, in the order in which one reads it.
struct SyscallRule {  // NOLINT(clang-analyzer-optin.performance.Padding)
  const char* name;
  Verdict verdict;
  int error;
  ArgumentTest first;
  ArgumentTest second;
  const char* reason;
  Where where = Where::kEverywhere;
};

// The table for a ground. Several rows may name one call, with different conditions;
// a call that meets none of them gets the default.
std::vector<SyscallRule> SyscallPolicy(const PolicyGround& ground);

// The few calls that a supervisor makes.
std::vector<SyscallRule> SupervisorSyscalls(const PolicyGround& ground);

// A second filter on top where sessions share a user id, refusing what the handing over of
// the first one's listener still needed. The kernel counts descriptors in flight per
// user: one session that keeps many would keep others from being started.
const std::vector<SyscallRule>& SealSyscalls();

// How a table's program answers a call that no row names.
enum class Default : uint8_t {
  kErrno,   // The filter does.
  kRefuse,  // The supervisor does, and tells the host.
  kAllow,   // Not at all.
};

// First number that Debian 12's libseccomp has no name for. From here up to
// kLastProbedSyscall a call answers ENOSYS, so that libraries newer than this
// table fall back as they would on an older kernel.
constexpr int kFirstUnnamedSyscall = 451;
constexpr int kLastProbedSyscall = 511;

// The compiled program of a table for this machine's architecture; other ABIs are
// killed. Empty, with `error` set, if libseccomp refuses.
std::vector<sock_filter> CompileSyscallPolicy(const std::vector<SyscallRule>& table,
                                              Default unnamed, std::string* error);

// How the supervisor's referee answers what this table's program does not. `number` of a
// row is -1 for a call that this architecture lacks.
std::vector<RefereeRow> RefereeRows(const std::vector<SyscallRule>& table);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
