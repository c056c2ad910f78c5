#include "sandbox/host/session_usage.h"

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

// The length of the pause between samples of the tree, in multiples of the last sample's cost.
constexpr int kRestAfterASample = 10;
constexpr absl::Duration kLongestRest = absl::Seconds(10);

}  // namespace

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
