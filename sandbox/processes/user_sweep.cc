#include "sandbox/processes/user_sweep.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

constexpr int kAttempts = 100;
constexpr absl::Duration kRest = absl::Milliseconds(10);

// Reads the user id from `status`: the owner of /proc/<pid> is root if the process cannot be
// inspected.
bool BelongsTo(pid_t pid, uint32_t uid) { return UserOf(pid) == uid; }

// Returns nullopt if processes may have been missed.
absl::optional<std::vector<pid_t>> ProcessesOf(uint32_t uid) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return absl::nullopt;
  std::vector<pid_t> pids;
  TookResourceError();
  while (dirent* entry = readdir(proc)) {
    pid_t pid;
    if (absl::SimpleAtoi(entry->d_name, &pid) && BelongsTo(pid, uid) && IsRunning(pid))
      pids.push_back(pid);
  }
  closedir(proc);
  if (TookResourceError() && pids.empty()) return absl::nullopt;
  return pids;
}

void Kill(pid_t pid, uint32_t uid) {
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  // The pid may have been reused before the descriptor was opened, so the user is checked again.
  if (pidfd.valid() && BelongsTo(pid, uid))
    syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
}

}  // namespace

bool SweepUser(uint32_t uid) {
  if (uid == 0) return false;
  for (int i = 0; i < kAttempts; ++i) {
    const absl::optional<std::vector<pid_t>> left = ProcessesOf(uid);
    if (left.has_value() && left->empty()) return true;
    if (left.has_value())
      for (pid_t pid : *left) Kill(pid, uid);
    absl::SleepFor(kRest);
  }
  return false;
}

}  // namespace carrel
