// Keeps the head and the tail of a stream of any length.
#ifndef CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_
#define CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace carrel {

// A contiguous part of a stream.
struct OutputPiece {
  int64_t offset = 0;
  std::string data;
};

// One output stream. A stream of at most `limit` bytes is kept whole. Of a longer one, the tail is
// the last min(limit/2, kMaxTailBytes) bytes, which are known only at its end; the head is as many
// of the first bytes as are left of `limit`, and is passed on as it arrives. Not thread-safe.
class BoundedOutput {
 public:
  explicit BoundedOutput(int64_t limit);

  static constexpr size_t kMaxPieceBytes = 128 << 10;
  // Enough to see how the output ended. The tail takes memory, and no one sees it before the end.
  static constexpr int64_t kMaxTailBytes = 1 << 20;

  // Appends the next bytes. Returns those of them that belong to the head: a prefix of `bytes`,
  // valid as long as that is; its offset is head_size() before the call.
  absl::string_view Append(absl::string_view bytes);

  // Ends the stream: returns the tail in pieces of at most kMaxPieceBytes, with their true offsets;
  // none if the head is the whole stream.
  std::vector<OutputPiece> TakeTail();

  // Forgets the output so far: later output has the whole limit. Offsets continue.
  void Clear();

  // Position of the end of the head, in bytes from the start of the stream.
  int64_t head_size() const { return head_size_; }
  int64_t total_bytes() const { return total_; }
  // The part of total_bytes() that Clear() has forgotten.
  int64_t cleared_bytes() const { return cleared_; }
  // Number of bytes that would be dropped if the stream ended now. Exact at any time.
  int64_t dropped_bytes() const;

 private:
  void AppendToTail(absl::string_view bytes);

  const int64_t head_limit_;
  const int64_t tail_limit_;
  int64_t head_size_ = 0;
  int64_t total_ = 0;
  int64_t cleared_ = 0;
  // Bytes after the head; pieces that lie wholly before the last tail_limit_ bytes are dropped.
  std::deque<std::string> tail_;
  int64_t tail_size_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_BOUNDED_OUTPUT_H_
