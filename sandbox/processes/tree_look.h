// Looks at all processes of a session: what they have computed, and whether they have too much
// memory.
#ifndef CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_
#define CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "sandbox/lane.h"
#include "sandbox/processes/session_cpu.h"

namespace carrel {

// Of one session. Take waits for its guest: see guest_looks.h. One thread at a time.
class TreeLook {
 public:
  // `memory_limit`, of all processes together; negative where a cgroup sees to it. `session_cpu`
  // must outlive it.
  TreeLook(pid_t supervisor, Lane lane, uint32_t uid, int64_t memory_limit, SessionCpu* session_cpu)
      : supervisor_(supervisor),
        lane_(lane),
        uid_(uid),
        memory_limit_(memory_limit),
        session_cpu_(session_cpu) {}

  struct Reading {
    std::vector<pid_t> tree;
    absl::Duration cpu;  // As SessionCpu::Total tells it.
    bool exceeds_memory = false;
    absl::Duration cost;  // CPU time that this look took.
  };
  Reading Take();

 private:
  bool ExceedsMemory(const std::vector<pid_t>& tree) const;

  const pid_t supervisor_;
  const Lane lane_;
  const uint32_t uid_;
  const int64_t memory_limit_;
  SessionCpu* const session_cpu_;
  // The last reading: whoever has not computed since has not grown either.
  std::vector<pid_t> tree_;
  absl::Duration cpu_;
  bool exceeds_memory_ = false;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_TREE_LOOK_H_
