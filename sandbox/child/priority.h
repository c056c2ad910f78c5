// The place of a session's processes when CPU is short.
#ifndef CARREL_SANDBOX_CHILD_PRIORITY_H_
#define CARREL_SANDBOX_CHILD_PRIORITY_H_

namespace carrel::child {

// Guests yield to the control plane: a Get or a Cancel must be answered while they do
// their worst. Their supervisor does, too: what it computes, they make it compute.
bool YieldToTheHost();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_PRIORITY_H_
