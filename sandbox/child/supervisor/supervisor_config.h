// The supervisor configuration. Its shared part is the same for all sessions of a zygote, which
// writes it to a memfd once; the other part is the session's own (the program arguments).
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_CONFIG_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_CONFIG_H_

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "sandbox/child/policy/syscall_filter.h"

namespace carrel::child {

// The socket by which the supervisor receives the listener of the interpreter's filter. Its other
// descriptors are kSupervisorFd and kSharedConfigFd of session_plan.h.
inline constexpr int kListenerSocketFd = 5;

// The configuration as the supervisor reads it from both parts.
struct SupervisorConfig {
  PolicyTraits traits;
  std::span<const NotificationRow> rows;  // The rows of the interpreter's filter.
  std::span<const sock_filter> filter;    // The supervisor's own filter.
  pid_t interpreter = 0;                  // Its pid in the supervisor's pid namespace.
  int process_count = 0;
  uint32_t uid = 0;  // The session's user id.
  uint32_t own_uid = 0;
};

// The session's part as program arguments. Allocates nothing: it is made between vfork and exec.
class SessionArguments {
 public:
  SessionArguments(pid_t interpreter, int process_count, uint32_t uid, uint32_t own_uid);
  char* const* argv() { return argv_; }

 private:
  char numbers_[4][12];
  char* argv_[6];
};

// Writes the shared part to a memfd. Returns its descriptor; -1 on failure.
int MakeSharedConfig(const PolicyTraits& traits, std::span<const NotificationRow> rows,
                     std::span<const sock_filter> filter);
// Reads both parts; returns false if they are not what the functions above make. The shared part
// stays mapped.
bool ReadConfig(int argc, char* const* argv, int shared_config_fd, SupervisorConfig* config);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_SUPERVISOR_CONFIG_H_
