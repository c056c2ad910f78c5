// The resources that a session's processes use, as the host measures them.
#ifndef CARREL_SANDBOX_HOST_SESSION_USAGE_H_
#define CARREL_SANDBOX_HOST_SESSION_USAGE_H_

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "sandbox/host/sandbox.h"
#include "sandbox/limits.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/processes/cell_meter.h"
#include "sandbox/processes/sampling_threads.h"
#include "sandbox/processes/session_cpu.h"
#include "sandbox/processes/tree_sampler.h"

namespace carrel {

// Each cell is metered; besides, samples of the whole process tree find the limits that it exceeds.
// Lives on the loop.
class SessionUsage {
 public:
  SessionUsage(EventLoop* loop, SamplingThreads* samplers, const SupervisorEndpoints& supervisor,
               const SandboxLimits& limits);

  CellMeter& meter() { return meter_; }

  // Samples the tree on another thread; `done` gets the reading, on the loop, and the interpreter's
  // CPU time before it. `done` keeps the owner of this object alive. Does nothing while a sample is
  // being taken.
  using Sampled = absl::AnyInvocable<void(const TreeSampler::Reading&, absl::Duration own_cpu)>;
  void SampleTree(Sampled done);
  // The end of the pause after the last sample. Many processes make each sample long, and each
  // pause.
  LazyTimer::Clock::time_point rest_ends() const { return rest_ends_; }

 private:
  EventLoop* const loop_;
  SamplingThreads* const samplers_;
  SessionCpu session_cpu_;
  CellMeter meter_;
  TreeSampler tree_sampler_;  // Used by the thread that samples.
  bool sampling_ = false;
  LazyTimer::Clock::time_point rest_ends_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_SESSION_USAGE_H_
