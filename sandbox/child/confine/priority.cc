#include "sandbox/child/confine/priority.h"

#include <sys/resource.h>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// This nice value has weight 110 of the scheduler's 1024 at nice 0 (sched_prio_to_weight in the
// kernel's kernel/sched/core.c): a busy guest gets a tenth of what a busy carreld gets, and all of
// a CPU that is otherwise idle.
constexpr int kGuestNice = 10;

}  // namespace

bool YieldToTheHost() {
  return !IsApplied(Layer::kPriority) || setpriority(PRIO_PROCESS, 0, kGuestNice) == 0;
}

}  // namespace carrel::child
