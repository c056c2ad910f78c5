// The system calls that a session's processes may make (guarantees G4 and G6).
//
// The policy is a table: a call, a rule, a reason. It is compiled once, by the zygote, before any
// fork; a child only applies the bytes. Calls that are not in the table are refused with EPERM by
// the session's supervisor, which reports them to the host (seccomp_unotify(2)).
#ifndef CARREL_SANDBOX_CHILD_POLICY_SYSCALL_POLICY_H_
#define CARREL_SANDBOX_CHILD_POLICY_SYSCALL_POLICY_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/child/policy/syscall_filter.h"

namespace carrel::child {

// The effect of a rule.
enum class Verdict : uint8_t {
  kAllow,
  kErrno,   // Refused with SyscallRule::error, unreported: programs fall back.
  kRefuse,  // Refused with SyscallRule::error, and reported to the host.
  kIgnore,  // Answered with success but not executed: the kernel treats such calls as hints only.
  kCount,   // Makes a process or thread: the supervisor allows it within the limit.
  kKill,    // Escape class: honest programs do not make it. Kills the process.
};

// A row of the table; its fields are in reading order.
struct SyscallRule {  // NOLINT(clang-analyzer-optin.performance.Padding)
  std::string name;   // In a table's source: one call or several, separated by spaces.
  Verdict verdict;
  int error;
  ArgumentTest first;
  ArgumentTest second;
  const char* reason;
  Where where = Where::kEverywhere;
};

// Returns the rows that apply to a set of isolation mechanisms, one for each call that a row names.
std::vector<SyscallRule> ExpandRows(const std::vector<SyscallRule>& rows,
                                    const PolicyTraits& traits);

// Returns the table for a set of isolation mechanisms. Several rows may name one call, with
// different conditions; a call that meets none of them gets the default.
std::vector<SyscallRule> SyscallPolicy(const PolicyTraits& traits);

// Returns the table of the few calls that a supervisor makes.
std::vector<SyscallRule> SupervisorSyscalls(const PolicyTraits& traits);

// Returns the table of the second-stage filter, which is added where sessions share a user id: it
// refuses the calls that sending the first filter's listener still needed. The kernel counts
// descriptors in flight per user, so one session that keeps many would prevent others from
// starting.
const std::vector<SyscallRule>& SecondStageSyscalls();

// The handling of calls that no row names.
enum class Default : uint8_t {
  kErrno,   // The filter refuses them.
  kRefuse,  // The supervisor refuses them, and reports them to the host.
  kAllow,   // They are allowed.
};

// The first number for which Debian 12's libseccomp has no name. From here up to kLastProbedSyscall
// a call answers ENOSYS, so that libraries newer than this table fall back as they would on an
// older kernel.
constexpr int kFirstUnnamedSyscall = 451;
constexpr int kLastProbedSyscall = 511;

// Returns the compiled program of a table for this machine's architecture; calls of other ABIs kill
// the process. Returns an empty program, with `error` set, if libseccomp refuses.
std::vector<sock_filter> CompileSyscallPolicy(const std::vector<SyscallRule>& table,
                                              Default unnamed, std::string* error);

// Returns how the supervisor answers the calls that this table's program forwards. `number` of a
// row is -1 for a call that this architecture lacks.
std::vector<NotificationRow> NotificationRows(const std::vector<SyscallRule>& table);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_POLICY_SYSCALL_POLICY_H_
