// Where workspaces get news of their changes.
#ifndef CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_
#define CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "sandbox/loop/deadline.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/workspace/change_queue.h"

namespace carrel {

class ChangeHub;

// One workspace's share of a queue. Owned by the workspace's WorkspaceChanges. The hub lives
// longer.
class ChangeFeed {
 public:
  ChangeFeed(ChangeHub* hub, std::shared_ptr<ChangeQueue> queue)
      : hub_(hub), queue_(std::move(queue)), id_(queue_->Add()) {}
  // Not on the loop.
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

// A few queues, over which all workspaces are spread: what fills one of them
// does not reach the workspaces of the others. Thread-safe, but for what is on the loop.
class ChangeHub {
 public:
  // Of the 128 that a user may have; others need some too.
  static constexpr size_t kQueues = 16;

  // Its workspaces together take half of the watches that a user may have, at most: what comes
  // then is not watched, but looked at after each cell. Made and destroyed
  // on the loop, or while it does not run.
  explicit ChangeHub(EventLoop* loop, size_t queues = kQueues);

  // Not on the loop.
  std::unique_ptr<ChangeFeed> NewFeed();

  // To be called a few times a second, on the loop. See ChangeQueue::Tick.
  void Tick();

  // A cell begins, which may write many files: for a second Tick comes more often by itself, so
  // that who floods is soon rid of its watches, which make each call of it a tenth slower. On
  // the loop.
  void LookClosely();

  // False if no inotify could be had.
  bool works() const;

  // For tests.
  const std::vector<std::shared_ptr<ChangeQueue>>& queues() const { return queues_; }

 private:
  void OnCloseLook();

  std::vector<std::shared_ptr<ChangeQueue>> queues_;
  Deadline close_look_;
  Deadline::Clock::time_point closely_until_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_CHANGE_HUB_H_
