// The parts of the system call policy that a supervisor needs, too, which is a small program
// without libseccomp: conditions, compiled filters, and the calls that they forward to it.
#ifndef CARREL_SANDBOX_CHILD_POLICY_SYSCALL_FILTER_H_
#define CARREL_SANDBOX_CHILD_POLICY_SYSCALL_FILTER_H_

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>

namespace carrel::child {

// The isolation modes in which a row applies. Without a pid namespace other processes can be named,
// and without its own user id a session's processes have rights over them.
enum class Where : uint8_t {
  kEverywhere,
  kOwnNamespaces,
  kNoNamespaces,
  kOwnUser,
  kSharedUser,
};

// The isolation mechanisms besides the filter; see isolation_mode.h.
struct PolicyTraits {
  bool own_namespaces = true;
  bool own_user = true;
  bool Includes(Where where) const;
};

// An optional condition on one argument: (value & mask) == expected. A rule has up to two; all must
// hold.
struct ArgumentTest {
  int8_t index = -1;  // If -1, there is no condition.
  uint64_t mask = 0;
  uint64_t expected = 0;
  bool Holds(const seccomp_data& call) const {
    return index < 0 || (call.args[index] & mask) == expected;
  }
};

// The errno of a call that no row allows.
constexpr int kDefaultErrno = 1;  // EPERM

// The supervisor's answer to a call that meets both conditions: it continues the call if there is
// room for one more task, or refuses it with `error`.
struct NotificationRow {
  int32_t number;
  bool counted;
  int32_t error;
  ArgumentTest first;
  ArgumentTest second;
};

// Applies a compiled program to this thread and its future children. Needs no_new_privs.
bool ApplySyscallFilter(std::span<const sock_filter> program);
// Applies a program that forwards calls to a supervisor. Returns the listener, by which the
// supervisor receives calls and answers them, or -1 on failure (EBUSY: an outer filter has a
// listener already). The caller must not keep it.
int ApplyNotifyingSyscallFilter(std::span<const sock_filter> program);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_POLICY_SYSCALL_FILTER_H_
