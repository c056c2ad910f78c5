#include "sandbox/changes/change_hub.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace carrel {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};
constexpr std::chrono::seconds kClosely{1};

size_t MostWatches() {
  constexpr size_t kLeast = 8192;  // The kernel's smallest default.
  FILE* file = fopen("/proc/sys/fs/inotify/max_user_watches", "re");
  if (file == nullptr) return kLeast / 2;
  size_t most = 0;
  const bool is_known = fscanf(file, "%zu", &most) == 1;
  fclose(file);
  return (is_known ? most : kLeast) / 2;
}

}  // namespace

ChangeHub::ChangeHub(EventLoop* loop, size_t queues) : poll_often_(loop, [this] { OnPoll(); }) {
  const size_t most_watches = MostWatches() / queues;
  for (size_t i = 0; i < queues; ++i)
    queues_.push_back(std::make_shared<ChangeQueue>(most_watches));
}

bool ChangeHub::works() const {
  return std::any_of(queues_.begin(), queues_.end(),
                     [](const auto& queue) { return queue->fd() >= 0; });
}

std::unique_ptr<ChangeFeed> ChangeHub::NewFeed() {
  const auto emptiest =
      std::min_element(queues_.begin(), queues_.end(),
                       [](const auto& a, const auto& b) { return a->size() < b->size(); });
  return std::make_unique<ChangeFeed>(this, *emptiest);
}

void ChangeHub::Tick() {
  for (const std::shared_ptr<ChangeQueue>& queue : queues_) queue->Tick();
}

void ChangeHub::PollOften() {
  const auto now = LazyTimer::Clock::now();
  closely_until_ = now + kClosely;
  poll_often_.BringForward(now + kPollInterval);
}

void ChangeHub::OnPoll() {
  Tick();
  const auto next = LazyTimer::Clock::now() + kPollInterval;
  if (next < closely_until_) poll_often_.BringForward(next);
}

}  // namespace carrel
