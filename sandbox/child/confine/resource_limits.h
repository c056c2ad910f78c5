// The rlimits of a session's processes, their CPUs, and their rank for the OOM killer.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_RESOURCE_LIMITS_H_
#define CARREL_SANDBOX_CHILD_CONFINE_RESOURCE_LIMITS_H_

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// Sets soft and hard limits alike, so that none can be raised again.
bool LimitResources(const SessionPlan& plan);

// Makes the kernel's OOM killer prefer guests to any process of the host.
bool OfferToOomKiller();

// Chooses plan->cpu_count of the CPUs that this process may use, if it may use more.
bool ChooseCpus(SessionPlan* plan);

// Restricts this process to the chosen CPUs.
bool LimitCpus(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_RESOURCE_LIMITS_H_
