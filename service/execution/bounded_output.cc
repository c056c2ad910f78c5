#include "service/execution/bounded_output.h"

#include <algorithm>
#include <utility>

namespace carrel {

BoundedOutput::BoundedOutput(int64_t limit)
    : head_limit_(limit - std::min(limit / 2, kMaxTailBytes)), tail_limit_(limit - head_limit_) {}

absl::string_view BoundedOutput::Append(absl::string_view bytes) {
  total_ += static_cast<int64_t>(bytes.size());
  const auto room = static_cast<size_t>(head_limit_ - (head_size_ - cleared_));
  absl::string_view head = bytes.substr(0, room);
  head_size_ += static_cast<int64_t>(head.size());
  AppendToTail(bytes.substr(head.size()));
  return head;
}

void BoundedOutput::AppendToTail(absl::string_view bytes) {
  tail_size_ += static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (tail_.empty() || tail_.back().size() == kMaxPieceBytes) tail_.emplace_back();
    const size_t room = kMaxPieceBytes - tail_.back().size();
    tail_.back().append(bytes.data(), std::min(room, bytes.size()));
    bytes.remove_prefix(std::min(room, bytes.size()));
    while (tail_size_ - static_cast<int64_t>(tail_.front().size()) >= tail_limit_) {
      tail_size_ -= static_cast<int64_t>(tail_.front().size());
      tail_.pop_front();
      if (tail_.empty()) break;
    }
  }
}

std::vector<OutputPiece> BoundedOutput::TakeTail() {
  std::vector<OutputPiece> pieces;
  int64_t offset = total_ - tail_size_;
  const int64_t start = std::max(offset, total_ - tail_limit_);
  for (std::string& piece : tail_) {
    const auto size = static_cast<int64_t>(piece.size());
    if (offset < start) piece.erase(0, static_cast<size_t>(std::min(size, start - offset)));
    if (!piece.empty()) pieces.push_back({std::max(offset, start), std::move(piece)});
    offset += size;
  }
  tail_.clear();
  tail_size_ = 0;
  return pieces;
}

void BoundedOutput::Clear() {
  tail_.clear();
  tail_size_ = 0;
  head_size_ = cleared_ = total_;
}

int64_t BoundedOutput::dropped_bytes() const {
  return std::max<int64_t>(0, total_ - cleared_ - head_limit_ - tail_limit_);
}

}  // namespace carrel
