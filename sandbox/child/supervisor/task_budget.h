// Limits the processes and threads of a session that has no user id of its own: RLIMIT_NPROC would
// count all sessions together.
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_TASK_BUDGET_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_TASK_BUDGET_H_

#include <sys/types.h>

namespace carrel::child {

// The task count of a session. It lives in the supervisor, whose descendants are the session: the
// supervisor is their subreaper, so none escapes it. Allocates nothing, and makes no system calls
// except openat, read, getdents64 and close.
class TaskBudget {
 public:
  // Allows `limit` tasks; the supervisor is not counted.
  TaskBudget(pid_t supervisor, int limit) : supervisor_(supervisor), limit_(limit) {}

  // Returns true if one more task may be made; it is counted from then on. Most answers add to the
  // count of the last scan of /proc; before a refusal it scans again. Calls that were allowed and
  // have not made their task yet escape that scan, so for a moment there may be up to twice as many
  // tasks as allowed, never more.
  bool MayGrow();

 private:
  const pid_t supervisor_;
  const int limit_;
  int granted_ = 1;  // Starts with the interpreter.
};

// Returns the number of threads of all descendants of a single-threaded process; stops counting
// beyond `most`.
int CountDescendantTasks(pid_t process, int most);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_TASK_BUDGET_H_
