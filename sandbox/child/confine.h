// The recipe: how a fork of the zygote becomes a confined session.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_H_
#define CARREL_SANDBOX_CHILD_CONFINE_H_

#include "sandbox/child/session_plan.h"

namespace carrel::child {

// Called in a fresh vfork of the zygote, so it leaves the memory as it was; if
// plan.ground.own_namespaces, it is pid 1 of a new pid namespace.
// That process becomes the session's supervisor and never returns from here; its
// own fork returns, as the interpreter, with memory of its own, fully confined. Any step that fails
// ends the session with a message to the host: nothing fails soft.
void EnterSession(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_H_
