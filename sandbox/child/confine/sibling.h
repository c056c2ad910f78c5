// A copy of the zygote whose parent is the launcher.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_SIBLING_H_
#define CARREL_SANDBOX_CHILD_CONFINE_SIBLING_H_

namespace carrel::child {

// Forks a copy of this process, whose parent is this process's own parent, a subreaper; the copy
// dies with that parent. Returns true in the copy. A failure is not reported: the descriptors meant
// for the copy are then closed. An exited child may remain to be reaped. Neither Python's nor any
// library's fork handlers run: to them, the copy goes on as if there had been no fork.
bool ForkSibling();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_SIBLING_H_
