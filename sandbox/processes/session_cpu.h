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

// A process that nobody waits for, since its parent ignores SIGCHLD, leaves no trace in its
// parent's accounts. So there are two accounts, of which the larger counts:
// - the kernel's: the session's cgroup or, where it has none and carreld may (perf_event_open(2)),
//   a counter that is inherited by every process which the interpreter starts. The kernel drops the
//   counter when it executes a program that may be executed but not read;
// - the processes that there are, and what NoteTree has seen of those that have gone. What a
// process
//   uses between the last look and its end is missing there.
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

  // The kernel's account, so far; nullopt if there is none. Any thread; waits for no lock that a
  // guest can hold for long.
  absl::optional<absl::Duration> Counted() const;

  // The larger account, so far. `tree`: the processes that there are, the supervisor first. Threads
  // and locks as for Counted.
  absl::Duration Total(const std::vector<pid_t>& tree) const;

  // Remembers what each process of `tree`, all that there are, has used. One thread at a time.
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
