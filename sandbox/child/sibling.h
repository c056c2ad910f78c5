// A copy of the zygote that is nobody's child but the launcher's.
#ifndef CARREL_SANDBOX_CHILD_SIBLING_H_
#define CARREL_SANDBOX_CHILD_SIBLING_H_

namespace carrel::child {

// Forks a copy of this process, whose parent is this process's own parent, a subreaper; it
// dies with that parent. True in the copy. If it cannot be made that is all: what the copy
// should have had is then closed. A child that has ended may be left to be reaped.
// Neither Python nor any library's fork handlers are told: to them, the copy goes on as if
// there had been no fork.
bool ForkSibling();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SIBLING_H_
