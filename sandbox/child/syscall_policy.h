// Which system calls a session's processes may make (guarantees G4 and G6).
//
// The policy is a table: a call, a rule, a reason. It is compiled once, by the
// zygote, before any fork; a child only applies the bytes. What is not in the
// table is refused with EPERM, by the session's supervisor, which tells the host
// what it was (seccomp_unotify(2)).
#ifndef CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
#define CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carrel::child {

// What a rule answers.
enum class Verdict : uint8_t {
  kAllow,
  kErrno,   // Refused with SyscallRule::error, unseen: programs fall back.
  kRefuse,  // Refused with SyscallRule::error, and the host is told.
  kCount,   // Makes a process or thread: the supervisor allows it within the limit.
  kKill,    // Escape class: no honest program of ours makes it. Kills the process.
};

// Where a row is in force. Without a pid namespace other processes can be named, and
// without a user id of its own a session's processes have rights over them.
enum class Where : uint8_t {
  kEverywhere,
  kOwnNamespaces,
  kNoNamespaces,
  kOwnUser,
  kSharedUser,
};

// What holds a session besides the filter; see lane.h.
struct PolicyGround {
  bool own_namespaces = true;
  bool own_user = true;
  bool Includes(Where where) const;
};

// An optional condition on one argument: (value & mask) == expected. A rule has
// up to two; all must hold.
struct ArgumentTest {
  int8_t index = -1;  // -1: no condition.
  uint64_t mask = 0;
  uint64_t expected = 0;
  bool Holds(const seccomp_data& call) const {
    return index < 0 || (call.args[index] & mask) == expected;
  }
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

// A second filter on top where sessions share a user id, refusing what the handing over of
// the first one's listener still needed. The kernel counts descriptors in flight per
// user: one session that keeps many would keep others from being started.
const std::vector<SyscallRule>& SealSyscalls();

// errno of a call that no row allows.
constexpr int kDefaultErrno = 1;  // EPERM

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

// Applies a compiled program to this thread and its children to come. Needs
// no_new_privs.
bool ApplySyscallPolicy(const std::vector<sock_filter>& program);
// The same for a program that asks a supervisor. Returns the descriptor by which the
// supervisor hears of calls and answers them, -1 on failure (EBUSY: an outer filter has
// such a descriptor already). The caller must not keep it.
int ApplyNotifyingSyscallPolicy(const std::vector<sock_filter>& program);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
