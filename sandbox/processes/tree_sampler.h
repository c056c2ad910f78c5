// Samples of all processes of a session: the CPU time that they have used, and the limit that they
// exceed.
#ifndef CARREL_SANDBOX_PROCESSES_TREE_SAMPLER_H_
#define CARREL_SANDBOX_PROCESSES_TREE_SAMPLER_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "sandbox/outcome.h"
#include "sandbox/processes/session_cpu.h"
#include "sandbox/spawn/isolation_mode.h"

namespace carrel {

class UnnamedFiles;

// The processes to sample, and their limits.
struct SampleTarget {
  pid_t supervisor = 0;
  IsolationMode isolation_mode = IsolationMode::kNative;
  uint32_t uid = 0;
  int64_t memory_bytes = 0;   // All processes together; negative where a cgroup enforces it.
  int64_t deleted_bytes = 0;  // Deleted files that a process has open or mapped.
};

// Samples one session. Take waits for its guest: see sampling_threads.h. One thread at a time.
class TreeSampler {
 public:
  // `session_cpu` must outlive it.
  TreeSampler(SampleTarget session, SessionCpu* session_cpu)
      : session_(std::move(session)), session_cpu_(session_cpu) {}

  struct Reading {
    std::vector<pid_t> tree;
    absl::Duration cpu;                 // The value of SessionCpu::Total.
    absl::optional<StopReason> excess;  // The limit that they exceed.
    absl::Duration cost;                // CPU time that this sample took.
  };
  Reading Take();

 private:
  void Sample();
  absl::optional<StopReason> FindExcess(const std::vector<pid_t>& tree);
  UnnamedFiles MeasureUnnamed(std::vector<pid_t> tree) const;
  // The memory limit; the largest number where a cgroup enforces it.
  int64_t MemoryLimit() const;
  bool ExceedsMemory(const std::vector<pid_t>& tree, const UnnamedFiles& unnamed) const;

  const SampleTarget session_;
  SessionCpu* const session_cpu_;
  // The last sample remains valid while no process has computed: then none has grown either.
  Reading last_;
  bool is_certain_ = false;                        // No process was missed.
  absl::Duration counted_;                         // The kernel's account before the last sample.
  std::chrono::steady_clock::time_point sampled_;  // The time of the last sample.
  int evading_samples_ = 0;                        // Consecutive samples that the guest evaded.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_TREE_SAMPLER_H_
