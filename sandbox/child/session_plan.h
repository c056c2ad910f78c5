// All that a child needs to become a session. Made by the zygote before the fork.
#ifndef CARREL_SANDBOX_CHILD_SESSION_PLAN_H_
#define CARREL_SANDBOX_CHILD_SESSION_PLAN_H_

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace carrel::child {

// The descriptors of an interpreter, at fixed numbers. It has no others.
inline constexpr int kFrameFd = 3;
// Only the supervisor keeps this one.
inline constexpr int kSupervisorFd = 4;

struct SessionPlan {
  // As received; EnterSession moves them to their fixed numbers.
  int frame_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int supervisor_fd = -1;

  std::string workspace;  // Below kHostSessionsPath.
  uint32_t uid = 0;       // Also the gid.

  int64_t memory_bytes = 0;
  int32_t process_count = 0;
  int32_t cpu_count = 1;
  int64_t file_bytes = 0;  // Of one file.
  int64_t temporary_bytes = 0;
  int32_t open_file_count = 0;

  std::vector<std::pair<std::string, std::string>> environment;

  // Compiled before the fork; not owned.
  const std::vector<sock_filter>* interpreter_syscalls = nullptr;
  const std::vector<sock_filter>* supervisor_syscalls = nullptr;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SESSION_PLAN_H_
