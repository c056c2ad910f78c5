// Watches what a running cell writes: no kernel mechanism bounds a folder.
#ifndef CARREL_SANDBOX_WORKSPACE_WATCH_H_
#define CARREL_SANDBOX_WORKSPACE_WATCH_H_

#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "sandbox/event_loop.h"
#include "sandbox/sandbox.h"
#include "sandbox/workspace.h"

namespace carrel {

// Measures a workspace again and again, on the pool, from Start to Stop; calls
// `on_exceeded` on the loop, once for each Start, with the limit that it exceeds. Between two
// measurements it rests for a while, at least ten times as long as the last one took, so that it
// costs at most a tenth of a core. RLIMIT_FSIZE bounds each file meanwhile. All methods on the
// loop's thread.
class WorkspaceWatch {
 public:
  WorkspaceWatch(EventLoop* loop, asio::thread_pool* pool, std::shared_ptr<Workspace> workspace,
                 std::function<void(StopReason)> on_exceeded);
  ~WorkspaceWatch();

  // From now on with at least this rest.
  void Start(std::chrono::milliseconds shortest_rest);
  void Stop();

 private:
  struct State;
  static void Rest(const std::shared_ptr<State>& state, uint64_t run);
  static void Measure(const std::shared_ptr<State>& state, uint64_t run);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_WATCH_H_
