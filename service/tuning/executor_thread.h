// The threads of gRPC's executor.
#ifndef CARREL_SERVICE_TUNING_EXECUTOR_THREAD_H_
#define CARREL_SERVICE_TUNING_EXECUTOR_THREAD_H_

namespace carrel {

// Gives the threads of gRPC's executor the policy SCHED_BATCH (sched(7)). gRPC 1.51 uses them for
// work that no caller waits for (src/core/lib/iomgr/executor.cc): OnDone, and waiting until a full
// socket has room. A caller that reads makes room, wakes such a thread, and would lose its CPU to
// it each time, so that output arrives in small portions; under SCHED_BATCH the woken thread does
// not preempt the caller. Call it in OnDone; it does nothing on other threads.
void UseBatchScheduling();

}  // namespace carrel

#endif  // CARREL_SERVICE_TUNING_EXECUTOR_THREAD_H_
