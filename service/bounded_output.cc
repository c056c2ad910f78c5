#include "service/bounded_output.h"

#include <algorithm>
#include <utility>

namespace carrel {

BoundedOutput::BoundedOutput(int64_t limit)
    : head_limit_(limit - limit / 2), tail_limit_(limit / 2) {}

absl::string_view BoundedOutput::Append(absl::string_view bytes) {
  total_ += static_cast<int64_t>(bytes.size());
  const auto room = static_cast<size_t>(head_limit_ - head_size_);
  absl::string_view head = bytes.substr(0, room);
  head_size_ += static_cast<int64_t>(head.size());
  AppendToRing(bytes.substr(head.size()));
  return head;
}

void BoundedOutput::AppendToRing(absl::string_view bytes) {
  const auto capacity = static_cast<size_t>(tail_limit_);
  if (bytes.size() >= capacity) {
    ring_.assign(bytes.data() + bytes.size() - capacity, capacity);
    next_ = 0;
    return;
  }
  const size_t growth = std::min(bytes.size(), capacity - ring_.size());
  ring_.append(bytes.data(), growth);
  bytes.remove_prefix(growth);
  while (!bytes.empty()) {
    const size_t run = std::min(bytes.size(), capacity - next_);
    std::copy_n(bytes.data(), run, ring_.begin() + static_cast<ptrdiff_t>(next_));
    next_ = (next_ + run) % capacity;
    bytes.remove_prefix(run);
  }
}

OutputPiece BoundedOutput::TakeTail() {
  std::rotate(ring_.begin(), ring_.begin() + static_cast<ptrdiff_t>(next_), ring_.end());
  next_ = 0;
  OutputPiece tail;
  tail.offset = total_ - static_cast<int64_t>(ring_.size());
  tail.data = std::move(ring_);
  ring_.clear();
  return tail;
}

int64_t BoundedOutput::dropped_bytes() const {
  return std::max<int64_t>(0, total_ - head_limit_ - tail_limit_);
}

}  // namespace carrel
