// Confinement: the steps by which a fork of the zygote becomes a confined session.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_CONFINE_H_
#define CARREL_SANDBOX_CHILD_CONFINE_CONFINE_H_

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

// Confines a session. It is called in a fresh vfork of the zygote, so it leaves the shared memory
// unchanged; if plan.traits.own_namespaces, the caller is pid 1 of a new pid namespace. The calling
// process becomes the session's supervisor and never returns from here; its own fork returns, as
// the interpreter, with its own memory, fully confined. Any step that fails ends the session with a
// message to the host: no failure is tolerated.
void EnterSession(const SessionPlan& plan);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_CONFINE_H_
