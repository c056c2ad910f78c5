// Measures the writes of a running cell: no kernel mechanism limits a directory.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_WATCHDOG_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_WATCHDOG_H_

#include <asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "absl/types/optional.h"
#include "sandbox/changes/workspace_changes.h"
#include "sandbox/files/workspace.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/outcome.h"

namespace carrel {

// Measures a workspace repeatedly, on the pool, from Start to Stop; calls `on_exceeded` on the
// loop, once for each Start, with the limit that it exceeds. Between two measurements there is a
// pause, at least ten times as long as the last one took, so that they cost at most a tenth of a
// core. RLIMIT_FSIZE limits each file meanwhile. A workspace that cannot have grown since is not
// measured again, and an idle one not even polled: the kernel's events (WorkspaceChanges) end the
// pause. A workspace that cannot be measured, or exceeds its limit only by files that may be gone
// by now, is measured again soon, and if that persists it counts as over its limit. All methods are
// called on the loop.
class WorkspaceQuotaWatchdog {
 public:
  // `changes` is of the same workspace, which is empty now. Its Reconcile is called by `post_work`,
  // which runs work on the pool in order.
  WorkspaceQuotaWatchdog(EventLoop* loop, asio::thread_pool* pool,
                         std::shared_ptr<Workspace> workspace,
                         std::shared_ptr<WorkspaceChanges> changes,
                         std::function<void(std::function<void()>)> post_work,
                         std::function<void(StopReason)> on_exceeded);
  ~WorkspaceQuotaWatchdog();

  // Starts with at least this pause: StartBusy for a running cell, StartIdle otherwise, when the
  // watch may sleep.
  void StartBusy(std::chrono::milliseconds shortest_rest) { Start(shortest_rest, false); }
  void StartIdle(std::chrono::milliseconds shortest_rest) { Start(shortest_rest, true); }
  void Stop();

  // The result of a measurement. A doubtful one ends a session only if it persists.
  struct Finding {
    absl::optional<StopReason> excess;
    int doubt = 0;  // 0 if it is certain.
  };

  // The number of measurements, for tests.
  int measurements() const;

 private:
  struct State;
  void Start(std::chrono::milliseconds shortest_rest, bool may_sleep);
  static void Rest(const std::shared_ptr<State>& state);
  static void OnRested(const std::shared_ptr<State>& state);
  static bool SleepIfStill(const std::shared_ptr<State>& state);
  static void Measure(const std::shared_ptr<State>& state, uint64_t stamp);
  static void OnMeasured(const std::shared_ptr<State>& state, uint64_t stamp,
                         const Finding& finding, LazyTimer::Clock::duration took);

  const std::shared_ptr<State> state_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_WATCHDOG_H_
