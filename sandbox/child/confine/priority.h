// The CPU priority of a session's processes.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_PRIORITY_H_
#define CARREL_SANDBOX_CHILD_CONFINE_PRIORITY_H_

namespace carrel::child {

// Lowers the priority of the calling process below the control plane's: a Get or a Cancel must be
// answered whatever guests do. Their supervisor calls it, too, since guests cause its work.
bool YieldToTheHost();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_PRIORITY_H_
