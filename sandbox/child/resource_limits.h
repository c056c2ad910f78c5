// The rlimits of a session's processes, their CPUs, and their place when memory is short.
#ifndef CARREL_SANDBOX_CHILD_RESOURCE_LIMITS_H_
#define CARREL_SANDBOX_CHILD_RESOURCE_LIMITS_H_

#include "sandbox/child/session_plan.h"

namespace carrel::child {

// Soft and hard limits alike, so that none can be raised again.
bool LimitResources(const SessionPlan& plan);

// The kernel's OOM killer takes guests before anything of the host.
bool OfferToOomKiller();

// Chooses plan->cpu_count of the CPUs that this process may use, where these are more.
bool ChooseCpus(SessionPlan* plan);

// Restricts this process to those.
bool LimitCpus(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_RESOURCE_LIMITS_H_
