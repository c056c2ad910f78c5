// Splits the byte stream of an interpreter, which may be hostile, into frames.
#ifndef CARREL_SANDBOX_IPC_FRAME_DECODER_H_
#define CARREL_SANDBOX_IPC_FRAME_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "carrel/internal/frames.pb.h"

namespace carrel {

// Splits one stream; not thread-safe. Holds at most one incomplete frame (kMaxFrameBytes) beyond
// the bytes that were appended and not taken yet.
class FrameDecoder {
 public:
  // Adds bytes as they come.
  void Append(absl::string_view bytes);

  // Takes the next whole frame. Returns NOT_FOUND if there is none yet, and INVALID_ARGUMENT, in
  // this and all later calls, if the stream is malformed: an oversized length, bytes that are no
  // GuestFrame, a frame without content.
  absl::StatusOr<internal::GuestFrame> Next();

  // The number of bytes that wait for the rest of their frame.
  size_t buffered_bytes() const { return buffer_.size() - start_; }

 private:
  std::string buffer_;
  size_t start_ = 0;  // The start of the bytes that were not taken yet.
  bool broken_ = false;
};

// Returns the first bytes of a frame from the host to an interpreter that runs a cell; the code
// follows them, and so need not be copied.
std::string StartOfRunCell(uint64_t cell, size_t code_bytes);

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_FRAME_DECODER_H_
