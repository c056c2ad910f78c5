// Keeps one of gRPC's threads from its work.
#ifndef CARREL_SERVICE_RPC_HELD_THREAD_H_
#define CARREL_SERVICE_RPC_HELD_THREAD_H_

#include <grpcpp/server.h>

#include <memory>

#include "absl/synchronization/notification.h"

namespace carrel {

// gRPC 1.51 serves its callback API by one thread for two CPUs, but by two at least
// (CallbackAlternativeCQ in src/cpp/common/completion_queue_cc.cc). On two CPUs the second one is
// in the way: who has read a call wakes it to wait for the next, and what a call has done is
// handed from one to the other; neither is idle where sessions want the same two CPUs. There is no
// option for their number, so one of them is kept in a callback of ours.
class HeldThread {
 public:
  // Null if this process may use more than two CPUs, and if no thread could be had. Calls of
  // `server` are served meanwhile, by the others.
  static std::unique_ptr<HeldThread> HoldWhereInTheWay(grpc::Server* server);
  // For tests: on any machine.
  static std::unique_ptr<HeldThread> Hold(grpc::Server* server);
  // Lets go of the thread. To be done before the server is shut down.
  ~HeldThread();
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

 private:
  HeldThread() = default;

  absl::Notification held_, let_go_, done_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_HELD_THREAD_H_
