#include "sandbox/host/session_usage.h"

#include <algorithm>
#include <string>
#include <utility>

#include "sandbox/processes/tree_memory.h"

namespace carrel {
namespace {

// The length of the pause between samples of the tree, in multiples of the last sample's cost.
constexpr int kRestAfterASample = 10;
constexpr absl::Duration kLongestRest = absl::Seconds(10);

SampleTarget TargetOf(const SupervisorEndpoints& supervisor, const SandboxLimits& limits) {
  SampleTarget target;
  target.supervisor = supervisor.pid;
  target.isolation_mode = supervisor.isolation_mode;
  target.uid = supervisor.uid;
  target.memory_bytes = supervisor.cgroup == nullptr ? TreeMemoryLimit(limits) : -1;
  // If /tmp is on the same disk as the workspace, their deleted files cannot be distinguished.
  target.deleted_bytes = limits.workspace_bytes +
                         (HasOwnNamespaces(supervisor.isolation_mode) ? 0 : limits.temporary_bytes);
  return target;
}

std::string CgroupOf(const SupervisorEndpoints& supervisor) {
  return supervisor.cgroup == nullptr ? "" : supervisor.cgroup->path();
}

}  // namespace

SessionUsage::SessionUsage(EventLoop* loop, SamplingThreads* samplers,
                           const SupervisorEndpoints& supervisor, const SandboxLimits& limits)
    : loop_(loop),
      samplers_(samplers),
      session_cpu_(supervisor.pid, CgroupOf(supervisor)),
      meter_(supervisor.pid, samplers, &session_cpu_),
      tree_sampler_(TargetOf(supervisor, limits), &session_cpu_) {}

void SessionUsage::SampleTree(Sampled done) {
  if (std::exchange(sampling_, true)) return;
  samplers_->Post([this, done = std::move(done), own_cpu = meter_.OwnCpu()]() mutable {
    TreeSampler::Reading reading = tree_sampler_.Take();
    loop_->Post([this, done = std::move(done), reading = std::move(reading), own_cpu]() mutable {
      sampling_ = false;
      rest_ends_ = LazyTimer::Clock::now() + absl::ToChronoNanoseconds(std::min(
                                                 kRestAfterASample * reading.cost, kLongestRest));
      done(reading, own_cpu);
    });
  });
}

}  // namespace carrel
