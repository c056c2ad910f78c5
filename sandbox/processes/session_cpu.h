// The CPU time that all processes of a session have used together.
#ifndef CARREL_SANDBOX_PROCESSES_SESSION_CPU_H_
#define CARREL_SANDBOX_PROCESSES_SESSION_CPU_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace carrel {

// A process that is never waited for, since its parent ignores SIGCHLD, leaves no trace in its
// parent's account. So there are two accounts of a session, of which the larger counts:
// - the kernel's: that of the session's cgroup or, without one and if carreld is permitted to
//   (perf_event_open(2)), a counter that every process started by the interpreter inherits. The
//   kernel drops the counter when a program is executed that may be executed but not read;
// - the sum of the processes that exist, and of what NoteTree has recorded of those that are gone.
//   CPU time that a process uses between the last sample and its end is missing there.
class SessionCpu {
 public:
  // `cgroup` is the directory of the session's own cgroup; empty if it has none.
  SessionCpu(pid_t supervisor, std::string cgroup)
      : supervisor_(supervisor), cgroup_(std::move(cgroup)) {}
  ~SessionCpu();
  SessionCpu(const SessionCpu&) = delete;
  SessionCpu& operator=(const SessionCpu&) = delete;

  // Called once, when the interpreter exists and has no children yet.
  void Begin(pid_t interpreter);

  // Returns the kernel's account so far; nullopt if there is none. Any thread may call this; it
  // waits for no lock that a guest can hold for long.
  absl::optional<absl::Duration> Counted() const;

  // Returns the larger account so far. `tree` lists the processes that exist, the supervisor first.
  // Threads and locks as for Counted.
  absl::Duration Total(const std::vector<pid_t>& tree) const;

  // Records the CPU time of each process of `tree`, which lists all. One thread at a time.
  void NoteTree(const std::vector<pid_t>& tree);

 private:
  // The CPU time of a process, in nanoseconds. Its key in a SeenTree is the pid and start time.
  struct Seen {
    int64_t own = 0;
    int64_t of_children = 0;  // CPU time of reaped children.
  };
  using SeenTree = std::map<std::pair<pid_t, uint64_t>, Seen>;
  static SeenTree SeeTree(const std::vector<pid_t>& tree);

  const pid_t supervisor_;
  const std::string cgroup_;
  std::atomic<int> counter_{-1};
  absl::Duration before_counter_;  // CPU time of the interpreter. Written before counter_.
  SeenTree seen_;                  // Used by NoteTree only.
  std::atomic<int64_t> lost_{0};   // Nanoseconds of ended processes that were not reaped.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_SESSION_CPU_H_
