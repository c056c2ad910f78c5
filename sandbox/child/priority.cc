#include "sandbox/child/priority.h"

#include <sys/resource.h>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// Weight 110 of the scheduler's 1024 at nice 0 (sched_prio_to_weight in the kernel's
// kernel/sched/core.c): a busy guest takes a tenth of what a busy carreld takes, and
// all of a CPU that nobody else wants.
constexpr int kGuestNice = 10;

}  // namespace

bool YieldToTheHost() {
  return !IsApplied(Layer::kPriority) || setpriority(PRIO_PROCESS, 0, kGuestNice) == 0;
}

}  // namespace carrel::child
