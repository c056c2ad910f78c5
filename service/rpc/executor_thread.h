// The threads of gRPC's executor.
#ifndef CARREL_SERVICE_RPC_EXECUTOR_THREAD_H_
#define CARREL_SERVICE_RPC_EXECUTOR_THREAD_H_

namespace carrel {

// gRPC 1.51 has threads for what no caller waits for (src/core/lib/iomgr/executor.cc): OnDone,
// and to wait until a full socket has room. A caller that reads makes room, wakes such a thread,
// and would lose its CPU to it each time: then output comes in small portions. So they take
// their turn when others have had theirs (SCHED_BATCH, sched(7)). To be called in OnDone; does
// nothing on other threads.
void LetCallersGoFirst();

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_EXECUTOR_THREAD_H_
