// Distribution of workspaces over the queues that report changes in them.
#ifndef CARREL_SANDBOX_CHANGES_CHANGE_HUB_H_
#define CARREL_SANDBOX_CHANGES_CHANGE_HUB_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "sandbox/changes/change_queue.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"

namespace carrel {

class ChangeHub;

// The membership of one workspace in a queue. Owned by the workspace's WorkspaceChanges. The hub
// must outlive it.
class ChangeFeed {
 public:
  ChangeFeed(ChangeHub* hub, std::shared_ptr<ChangeQueue> queue)
      : hub_(hub), queue_(std::move(queue)), id_(queue_->Add()) {}
  // Must not be called on the loop.
  ~ChangeFeed() { queue_->Remove(id_); }
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  ChangeHub* hub() const { return hub_; }
  ChangeQueue* queue() const { return queue_.get(); }
  ChangeQueue::Id id() const { return id_; }

 private:
  ChangeHub* const hub_;
  const std::shared_ptr<ChangeQueue> queue_;
  const ChangeQueue::Id id_;
};

// A few queues, over which all workspaces are spread: a flood in one of them does not affect the
// workspaces of the others. Thread-safe, except for functions that belong on the loop.
class ChangeHub {
 public:
  // The number of inotify instances: a user may have 128, and others need some, too.
  static constexpr size_t kQueues = 16;

  // The workspaces of a hub together take at most half of the watches that a user may have: a
  // workspace that would exceed that is not watched, but scanned after each cell. Created and
  // destroyed on the loop, or while it does not run.
  explicit ChangeHub(EventLoop* loop, size_t queues = kQueues);

  // Must not be called on the loop.
  std::unique_ptr<ChangeFeed> NewFeed();

  // Called a few times a second, on the loop. See ChangeQueue::Tick.
  void Tick();

  // Called on the loop when a cell begins, which may write many files. For a second the hub calls
  // Tick more often by itself, so that a flooding workspace soon loses its watches, which make each
  // of its system calls a tenth slower.
  void PollOften();

  // Returns false if no inotify instance could be created.
  bool works() const;

  // For tests.
  const std::vector<std::shared_ptr<ChangeQueue>>& queues() const { return queues_; }

 private:
  void OnPoll();

  std::vector<std::shared_ptr<ChangeQueue>> queues_;
  LazyTimer poll_often_;
  LazyTimer::Clock::time_point closely_until_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_CHANGE_HUB_H_
