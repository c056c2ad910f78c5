// Uploads and downloads under way, of all sessions: none of them waits for its caller for ever.
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
#include "sandbox/loop/deadline.h"
#include "sandbox/loop/event_loop.h"

namespace carrel {

// One upload or download. Thread-safe: to wait and to go on costs one variable.
class Transfer {
 public:
  // Gets the reason as a sentence without its full stop.
  using End = std::function<void(const std::string& why)>;

  // It is the caller's turn, to send or to read, from now on.
  void AwaitCaller();
  // The caller has done that.
  void GoOn() { waits_since_ = 0; }

 private:
  friend class Transfers;
  explicit Transfer(End end) : end_(std::move(end)) {}

  const End end_;
  std::atomic<int64_t> waits_since_{0};  // In ns of the steady clock; 0 while it does not wait.
};

// Thread-safe. A transfer is known here until its owner lets go of it.
class Transfers {
 public:
  // At once, at the most. Each takes descriptors, for which main.cc leaves room, and a folder
  // entry. Where this process may have few descriptors, transfers have no more than a quarter of
  // them.
  static constexpr size_t kMax = 500;

  // A transfer ends that waits for its caller for longer than `patience`.
  Transfers(EventLoop* loop, absl::Duration patience);

  // `end` is called at most once, on any thread and without locks: when the transfer has waited
  // for too long, or when there are as many as may be, one more begins, and no other has waited as
  // long. Whoever has waited for less than a moment does not make room: then the new one is
  // refused (RESOURCE_EXHAUSTED).
  absl::StatusOr<std::shared_ptr<Transfer>> Begin(Transfer::End end);

 private:
  using Clock = std::chrono::steady_clock;

  // Ends those that have waited for too long, on the loop; looks again while there are any left.
  void Look();
  // Those that are left, the gone ones forgotten.
  std::vector<std::shared_ptr<Transfer>> Living() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The one that has waited longest; null if none has for more than a moment.
  std::shared_ptr<Transfer> Longest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(const Transfer* transfer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  EventLoop* const loop_;
  const std::chrono::nanoseconds patience_;
  const size_t most_;
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<Transfer>> transfers_ ABSL_GUARDED_BY(mutex_);
  bool looking_ ABSL_GUARDED_BY(mutex_) = false;
  Deadline next_look_;  // Lives on the loop.
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_TRANSFERS_H_
