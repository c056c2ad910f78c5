#include "warm_pool.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "samples.h"

namespace carrel::bench {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(3);
constexpr double kPatienceMs = 3000;
// A pool that has not changed for this long is stable; so is one that stays empty.
constexpr double kReconciledMs = 300;

}  // namespace

WarmPool::WarmPool(std::string image, InterpreterClient* carrel)
    : image_(std::move(image)), carrel_(carrel) {
  const StopWatch watch;
  double changed = 0;
  while (watch.Milliseconds() < kPatienceMs && watch.Milliseconds() - changed < kReconciledMs) {
    absl::SleepFor(kPoll);
    const int count = carrel_->WarmInterpreterCount(image_);
    if (count == level_) continue;
    level_ = count;
    changed = watch.Milliseconds();
  }
}

void WarmPool::Wait() {
  const StopWatch watch;
  do {
    absl::SleepFor(kPoll);
    if (carrel_->WarmInterpreterCount(image_) >= level_) return;
  } while (watch.Milliseconds() < kPatienceMs);
  ++misses_;
}

void WarmPool::Report(bench::Report* report) const {
  (*report->mutable_facts())["pool_level"] = level_;
  (*report->mutable_facts())["pool_misses"] += misses_;
}

}  // namespace carrel::bench
