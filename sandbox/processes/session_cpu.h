// The CPU time that all processes of a session have used, together.
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

// A process that nobody waits for, as its parent ignores SIGCHLD, leaves no trace in its parent's
// accounts. So the time is taken, in this order,
// - from the session's cgroup;
// - from a counter of the kernel that every process inherits which the interpreter starts
//   (perf_event_open(2), where carreld may): what it counts outlives who used it. A program that
//   may be executed but not read loses it;
// - from the processes that there are, and what NoteTree has seen of those that have gone. Then
// what
//   a process has used since the last look before its end is missing.
class SessionCpu {
 public:
  // `cgroup`: the folder of the session's own; empty if it has none.
  SessionCpu(pid_t supervisor, std::string cgroup)
      : supervisor_(supervisor), cgroup_(std::move(cgroup)) {}
  ~SessionCpu();
  SessionCpu(const SessionCpu&) = delete;
  SessionCpu& operator=(const SessionCpu&) = delete;

  // The interpreter is there, and has no children yet. Called once.
  void Begin(pid_t interpreter);

  // So far, where the kernel counts; else nullopt. Any thread, and the same about locks.
  absl::optional<absl::Duration> Counted() const;

  // So far. `tree`: the processes that there are, the supervisor first. Any thread; waits for no
  // lock that a guest can hold for long.
  absl::Duration Total(const std::vector<pid_t>& tree) const;

  // All processes that there are: keeps in mind what each has used. One thread at a time.
  void NoteTree(const std::vector<pid_t>& tree);

 private:
  // A process, by its number and when it was started, and its CPU time in nanoseconds.
  struct Seen {
    int64_t own = 0;
    int64_t of_children = 0;  // Those it has waited for.
  };
  using SeenTree = std::map<std::pair<pid_t, uint64_t>, Seen>;
  static SeenTree SeeTree(const std::vector<pid_t>& tree);

  const pid_t supervisor_;
  const std::string cgroup_;
  std::atomic<int> counter_{-1};
  absl::Duration before_counter_;  // Of the interpreter. Written before counter_.
  SeenTree seen_;                  // NoteTree's alone.
  std::atomic<int64_t> lost_{0};   // In nanoseconds: of processes that nobody has waited for.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_SESSION_CPU_H_
