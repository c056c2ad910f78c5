#include "sandbox/workspace/change_hub.h"

#include <algorithm>

namespace carrel {

ChangeHub::ChangeHub(size_t queues) {
  for (size_t i = 0; i < queues; ++i) queues_.push_back(std::make_shared<ChangeQueue>());
}

bool ChangeHub::works() const {
  return std::any_of(queues_.begin(), queues_.end(),
                     [](const auto& queue) { return queue->fd() >= 0; });
}

std::unique_ptr<ChangeFeed> ChangeHub::NewFeed() {
  const auto emptiest =
      std::min_element(queues_.begin(), queues_.end(),
                       [](const auto& a, const auto& b) { return a->size() < b->size(); });
  return std::make_unique<ChangeFeed>(*emptiest);
}

void ChangeHub::Tick() {
  for (const std::shared_ptr<ChangeQueue>& queue : queues_) queue->Tick();
}

}  // namespace carrel
