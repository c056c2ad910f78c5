// Watches what a running cell writes: no kernel mechanism bounds a folder.
#ifndef CARREL_SANDBOX_WORKSPACE_WORKSPACE_WATCH_H_
#define CARREL_SANDBOX_WORKSPACE_WORKSPACE_WATCH_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "absl/types/optional.h"
#include "sandbox/loop/deadline.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/sandbox.h"
#include "sandbox/workspace/workspace.h"
#include "sandbox/workspace/workspace_changes.h"

namespace carrel {

// Measures a workspace again and again, on the pool, from Start to Stop; calls
// `on_exceeded` on the loop, once for each Start, with the limit that it exceeds. Between two
// measurements it rests for a while, at least ten times as long as the last one took, so that it
// costs at most a tenth of a core. RLIMIT_FSIZE bounds each file meanwhile. What cannot have
// grown since is not measured again, and an idle workspace not even asked about: the
// kernel's news of it (WorkspaceChanges) ends the rest. A workspace that cannot be measured, or
// only by what may be gone by now, is measured again soon, and if that stays so it counts as
// over its limit. All methods on the loop's thread.
class WorkspaceWatch {
 public:
  // `changes` is of a workspace that is empty now. Its Settle is called by `post_work`, which
  // runs work on the pool in turn.
  WorkspaceWatch(EventLoop* loop, asio::thread_pool* pool, std::shared_ptr<Workspace> workspace,
                 std::shared_ptr<WorkspaceChanges> changes,
                 std::function<void(std::function<void()>)> post_work,
                 std::function<void(StopReason)> on_exceeded);
  ~WorkspaceWatch();

  // From now on with at least this rest. A cell runs, or else it may sleep.
  void StartBusy(std::chrono::milliseconds shortest_rest) { Start(shortest_rest, false); }
  void StartIdle(std::chrono::milliseconds shortest_rest) { Start(shortest_rest, true); }
  void Stop();

  // What a measurement says. A doubt ends a session only if it stays.
  struct Finding {
    absl::optional<StopReason> excess;
    int doubt = 0;  // 0: it is certain.
  };

  // For tests: how often it was measured.
  int measurements() const;

 private:
  struct State;
  void Start(std::chrono::milliseconds shortest_rest, bool may_sleep);
  static void Rest(const std::shared_ptr<State>& state);
  static void OnRested(const std::shared_ptr<State>& state);
  static bool SleepIfStill(const std::shared_ptr<State>& state);
  static void Measure(const std::shared_ptr<State>& state, uint64_t stamp);
  static void OnMeasured(const std::shared_ptr<State>& state, uint64_t stamp,
                         const Finding& finding, Deadline::Clock::duration took);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_WORKSPACE_WATCH_H_
