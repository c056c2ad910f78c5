// Where workspaces get news of their changes.
#ifndef CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_
#define CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "sandbox/workspace/change_queue.h"

namespace carrel {

// One workspace's share of a queue. Owned by the workspace's WorkspaceChanges.
class ChangeFeed {
 public:
  explicit ChangeFeed(std::shared_ptr<ChangeQueue> queue)
      : queue_(std::move(queue)), id_(queue_->Add()) {}
  // Not on the loop.
  ~ChangeFeed() { queue_->Remove(id_); }
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  ChangeQueue* queue() const { return queue_.get(); }
  ChangeQueue::Id id() const { return id_; }

 private:
  const std::shared_ptr<ChangeQueue> queue_;
  const ChangeQueue::Id id_;
};

// A few queues, over which all workspaces are spread: what fills one of them
// does not reach the workspaces of the others. Thread-safe.
class ChangeHub {
 public:
  // Of the 128 that a user may have; others need some too.
  static constexpr size_t kQueues = 16;

  explicit ChangeHub(size_t queues = kQueues);

  // Not on the loop.
  std::unique_ptr<ChangeFeed> NewFeed();

  // To be called a few times a second, on the loop. See ChangeQueue::Tick.
  void Tick();

  // False if no inotify could be had.
  bool works() const;

  // For tests.
  const std::vector<std::shared_ptr<ChangeQueue>>& queues() const { return queues_; }

 private:
  std::vector<std::shared_ptr<ChangeQueue>> queues_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_
