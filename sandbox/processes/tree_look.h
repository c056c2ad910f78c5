// Looks at all processes of a session: what they have computed, and whether they have more than
// they may.
#ifndef CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_
#define CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "sandbox/lane.h"
#include "sandbox/processes/session_cpu.h"
#include "sandbox/sandbox.h"

namespace carrel {

class UnnamedFiles;

// Who is looked at, and what they may have.
struct LookedAt {
  pid_t supervisor = 0;
  Lane lane = Lane::kNative;
  uint32_t uid = 0;
  int64_t memory_bytes = 0;   // All processes together; negative where a cgroup sees to it.
  int64_t deleted_bytes = 0;  // Of deleted files that somebody has open or maps.
};

// Of one session. Take waits for its guest: see guest_looks.h. One thread at a time.
class TreeLook {
 public:
  // `session_cpu` must outlive it.
  TreeLook(LookedAt session, SessionCpu* session_cpu)
      : session_(std::move(session)), session_cpu_(session_cpu) {}

  struct Reading {
    std::vector<pid_t> tree;
    absl::Duration cpu;                 // As SessionCpu::Total tells it.
    absl::optional<StopReason> excess;  // The limit that they exceed.
    absl::Duration cost;                // CPU time that this look took.
  };
  Reading Take();

 private:
  void Look();
  absl::optional<StopReason> FindExcess(const std::vector<pid_t>& tree);
  UnnamedFiles MeasureUnnamed(std::vector<pid_t> tree) const;
  // The largest number where a cgroup sees to it.
  int64_t MemoryLimit() const;
  bool ExceedsMemory(const std::vector<pid_t>& tree, const UnnamedFiles& unnamed) const;

  const LookedAt session_;
  SessionCpu* const session_cpu_;
  // Whoever has not computed since has not grown either.
  Reading last_;
  bool is_certain_ = false;                       // Nobody was overlooked.
  absl::Duration counted_;                        // By the kernel, before that.
  std::chrono::steady_clock::time_point looked_;  // When the last reading was made.
  int evading_looks_ = 0;                         // In a row.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_
