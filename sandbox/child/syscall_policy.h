// Which system calls a session's processes may make (guarantees G4 and G6).
//
// The policy is a table: a call, a rule, a reason. It is compiled once, by the
// zygote, before any fork; a child only applies the bytes. What is not in the
// table answers EPERM.
#ifndef CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
#define CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carrel::child {

// What a rule answers.
enum class Verdict : uint8_t {
  kAllow,
  kErrno,  // Refused with SyscallRule::error; the program goes on.
  kKill,   // Escape class: no honest program of ours makes it. Kills the process.
};

// An optional condition on one argument: (value & mask) == expected. A rule has
// up to two; all must hold.
struct ArgumentTest {
  int8_t index = -1;  // -1: no condition.
  uint64_t mask = 0;
  uint64_t expected = 0;
};

// A row of the table.
struct SyscallRule {
  const char* name;
  Verdict verdict;
  int error;
  ArgumentTest first;
  ArgumentTest second;
  const char* reason;
};

// The table. Several rows may name one call, with different conditions; a call
// that meets none of them gets the default.
const std::vector<SyscallRule>& SyscallPolicy();

// errno of a call that no row allows.
constexpr int kDefaultErrno = 1;  // EPERM

// First number that Debian 12's libseccomp has no name for. From here up to
// kLastProbedSyscall a call answers ENOSYS, so that libraries newer than this
// table fall back as they would on an older kernel.
constexpr int kFirstUnnamedSyscall = 451;
constexpr int kLastProbedSyscall = 511;

// The compiled program of a table for this machine's architecture; other ABIs are
// killed. Empty, with `error` set, if libseccomp refuses.
std::vector<sock_filter> CompileSyscallPolicy(const std::vector<SyscallRule>& table,
                                              std::string* error);

// Applies a compiled program to this thread and its children to come. Needs
// no_new_privs.
bool ApplySyscallPolicy(const std::vector<sock_filter>& program);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SYSCALL_POLICY_H_
