// Bounds the processes and threads of a session whose user id is not its own:
// RLIMIT_NPROC would count all sessions together.
#ifndef CARREL_SANDBOX_CHILD_TASK_BUDGET_H_
#define CARREL_SANDBOX_CHILD_TASK_BUDGET_H_

#include <sys/types.h>

namespace carrel::child {

// In the supervisor, whose children and children's children are the session: it is
// their subreaper, so none gets out from under it. Allocates nothing, and makes no
// system calls but openat, read, getdents64 and close.
class TaskBudget {
 public:
  // `limit` tasks, the supervisor not among them.
  TaskBudget(pid_t supervisor, int limit) : supervisor_(supervisor), limit_(limit) {}

  // True if one more task may be made; it is counted from then on. Most answers are
  // counted up from the last look at /proc; one that would refuse looks first. Calls
  // that were allowed and have not made their task yet escape that look, so for a
  // moment there may be up to twice as many tasks as allowed, never more.
  bool MayGrow();

 private:
  const pid_t supervisor_;
  const int limit_;
  int granted_ = 1;  // The interpreter.
};

// Threads of all descendants of a single-threaded process; more than `most` are not counted to
// the end.
int CountDescendantTasks(pid_t process, int most);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_TASK_BUDGET_H_
