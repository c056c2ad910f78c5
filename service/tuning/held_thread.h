// Keeps one of gRPC's threads blocked.
#ifndef CARREL_SERVICE_TUNING_HELD_THREAD_H_
#define CARREL_SERVICE_TUNING_HELD_THREAD_H_

#include <grpcpp/server.h>

#include <memory>

#include "absl/synchronization/notification.h"

namespace carrel {

// A callback that blocks one of gRPC's threads. gRPC 1.51 serves its callback API by one thread for
// two CPUs, but by two at least (CallbackAlternativeCQ in src/cpp/common/completion_queue_cc.cc).
// On two CPUs the second one slows calls down: the thread that reads a call wakes the other one to
// wait for the next, and completions are handed from one to the other, while sessions compete for
// the same two CPUs. gRPC has no option for their number, so one of them is kept in this callback.
class HeldThread {
 public:
  // Returns null if this process may use more than two CPUs, or if no thread was obtained. Calls of
  // `server` are served by the other threads meanwhile.
  static std::unique_ptr<HeldThread> HoldOnFewCpus(grpc::Server* server);
  // Holds a thread whatever the number of CPUs; for tests.
  static std::unique_ptr<HeldThread> Hold(grpc::Server* server);
  // Releases the thread. Destroy this before the server is shut down.
  ~HeldThread();
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

 private:
  HeldThread() = default;

  absl::Notification held_, let_go_, done_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_TUNING_HELD_THREAD_H_
