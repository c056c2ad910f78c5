// Uploads and downloads in progress, of all sessions: none of them waits for its caller forever.
#ifndef CARREL_SERVICE_RPC_TRANSFERS_H_
#define CARREL_SERVICE_RPC_TRANSFERS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"

namespace carrel {

// One upload or download. Thread-safe; AwaitCaller and CallerDone cost one atomic store.
class Transfer {
 public:
  // Receives the reason as a sentence without its full stop.
  using End = std::function<void(const std::string& why)>;

  // Marks that the transfer waits for its caller, to send or to read.
  void AwaitCaller();
  // Marks that the caller has done so.
  void CallerDone() { waits_since_ = 0; }

 private:
  friend class Transfers;
  explicit Transfer(End end) : end_(std::move(end)) {}

  const End end_;
  std::atomic<int64_t> waits_since_{0};  // Steady clock, ns; 0 while it does not wait.
};

// Thread-safe. A transfer is registered here until its owner releases it.
class Transfers {
 public:
  // The maximum number of transfers at a time. Each takes descriptors, which main.cc reserves, and
  // a directory entry. If the process's limit of descriptors is low, transfers use no more than a
  // quarter of them.
  static constexpr size_t kMax = 500;

  // Ends transfers that wait for their callers for longer than `patience`.
  Transfers(EventLoop* loop, absl::Duration patience);

  // `end` is called at most once, on any thread and without locks: when the transfer has waited for
  // too long, or when the maximum is reached, another transfer begins, and this one has waited
  // longest. A transfer that has waited for less than a second is not evicted: then the new one is
  // refused (RESOURCE_EXHAUSTED).
  absl::StatusOr<std::shared_ptr<Transfer>> Begin(Transfer::End end);

 private:
  using Clock = std::chrono::steady_clock;

  // Ends transfers that have waited for too long, on the loop; rearms itself while any are left.
  void EndSilent();
  // Returns the transfers that are still alive and drops the others.
  std::vector<std::shared_ptr<Transfer>> Living() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns the one that has waited longest; null if none has waited for more than a second.
  std::shared_ptr<Transfer> Longest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const Transfer* transfer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  EventLoop* const loop_;
  const std::chrono::nanoseconds patience_;
  const size_t most_;
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<Transfer>> transfers_ ABSL_GUARDED_BY(mutex_);
  bool checking_ ABSL_GUARDED_BY(mutex_) = false;
  LazyTimer next_check_;  // Lives on the loop.
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_TRANSFERS_H_
