// The session plan: all data that a child needs to become a session. The zygote makes it before the
// fork.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_SESSION_PLAN_H_
#define CARREL_SANDBOX_CHILD_CONFINE_SESSION_PLAN_H_

#include <linux/filter.h>
#include <sched.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/child/policy/syscall_filter.h"
#include "sandbox/child/zygote/public_settings.h"
#include "sandbox/limits.h"

namespace carrel::child {

// The descriptors of an interpreter, at fixed numbers. It has no others except, in isolation modes
// that mount nothing, those of session_folders.h.
inline constexpr int kFrameFd = 3;
// The supervisor socket; only the supervisor keeps it.
inline constexpr int kSupervisorFd = 4;
// The memory of the output ring; closed once it is mapped.
inline constexpr int kOutputRingFd = 5;
// The program of the supervisor, and its configuration (supervisor_config.h); closed with the fork
// of the interpreter.
inline constexpr int kSupervisorProgramFd = 6;
inline constexpr int kSharedConfigFd = 7;
// Readable while a pipe of the interpreter holds something; see FrameChannel.
inline constexpr int kPipeWatchFd = 8;

struct SessionPlan {
  // Descriptors as received; EnterSession moves them to their fixed numbers.
  int frame_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int supervisor_fd = -1;
  int output_ring_fd = -1;
  int pipe_watch_fd = -1;
  // The directory of the session's cgroup, if there is one; closed once the first process is in it.
  int cgroup_fd = -1;

  // The isolation mechanisms besides the filter; see isolation_mode.h.
  PolicyTraits traits;
  // The image's environment as sessions see it.
  std::string environment_path;

  std::string workspace;       // Relative to the sessions directory.
  std::string private_folder;  // Relative to it, too; used if !traits.own_namespaces.
  uint32_t uid = 0;            // The user id and the group id.
  // The supervisor's user id, if traits.own_user and !traits.own_namespaces. No other process has
  // it.
  uint32_t supervisor_uid = 0;

  // workspace_bytes also limits the size of one file; the host enforces the rest of the
  // workspace's.
  SandboxLimits limits;
  // Chosen by ChooseCpus.
  cpu_set_t cpus{};

  std::vector<std::pair<std::string, std::string>> environment;

  // Compiled before the fork; not owned.
  const std::vector<sock_filter>* interpreter_syscalls = nullptr;
  const std::vector<sock_filter>* second_stage_syscalls = nullptr;
  // The container's, if !traits.own_namespaces; not owned.
  const std::vector<PublicSetting>* public_settings = nullptr;
  // Opened by the zygote; not owned.
  int supervisor_program_fd = -1;
  int shared_config_fd = -1;
  // The sessions directory, opened by a zygote that mounts nothing; else -1.
  int sessions_fd = -1;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_SESSION_PLAN_H_
