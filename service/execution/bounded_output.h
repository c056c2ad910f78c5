// Keeps the head and the tail of a stream of any length.
#ifndef CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_
#define CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace carrel {

// A stretch of a stream.
struct OutputPiece {
  int64_t offset = 0;
  std::string data;
};

// One output stream. Of at most `limit` bytes all are kept; of a longer stream the last limit/2,
// or kMaxTailBytes if that is less, which are known only at its end, and as many of the first as
// are left of `limit`, which are passed on as they come. Not thread-safe.
class BoundedOutput {
 public:
  explicit BoundedOutput(int64_t limit);

  static constexpr size_t kMaxPieceBytes = 128 << 10;
  // Enough to see how it ended. What is held back takes memory, and nobody sees it come.
  static constexpr int64_t kMaxTailBytes = 1 << 20;

  // Takes the next bytes. Returns those of them that belong to the head: a prefix
  // of `bytes`, valid as long as that is; its offset is head_size() before the call.
  absl::string_view Append(absl::string_view bytes);

  // Ends the stream: returns the tail in pieces of at most kMaxPieceBytes, with their true
  // offsets; none if all was head.
  std::vector<OutputPiece> TakeTail();

  // What came so far is forgotten: what follows has all of the limit. Offsets go on.
  void Clear();

  // Where the head ends, in bytes from the start of the stream.
  int64_t head_size() const { return head_size_; }
  int64_t total_bytes() const { return total_; }
  // Of those, what was forgotten.
  int64_t cleared_bytes() const { return cleared_; }
  // Exact at any time: what would be dropped if the stream ended now.
  int64_t dropped_bytes() const;

 private:
  void AppendToTail(absl::string_view bytes);

  const int64_t head_limit_;
  const int64_t tail_limit_;
  int64_t head_size_ = 0;
  int64_t total_ = 0;
  int64_t cleared_ = 0;
  // What came after the head; pieces of which nothing belongs to the last tail_limit_ bytes
  // are dropped.
  std::deque<std::string> tail_;
  int64_t tail_size_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_
