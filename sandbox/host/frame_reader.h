// The read half of an interpreter's frame socket.
#ifndef CARREL_SANDBOX_HOST_FRAME_READER_H_
#define CARREL_SANDBOX_HOST_FRAME_READER_H_

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/ipc/frame_decoder.h"

namespace carrel {

// The maximum number of bytes read from one descriptor in one loop iteration.
inline constexpr size_t kMaxReadBytes = 256 << 10;

// Reads a bounded number of bytes and frames in each iteration of the loop. Lives on the loop,
// shorter than the socket.
class FrameReader {
 public:
  explicit FrameReader(int socket) : socket_(socket) {}

  enum class Result {
    kAll,         // All that was there was read.
    kPart,        // There may be more bytes.
    kManyFrames,  // There are more frames than one iteration may handle; they are kept.
    kEnded,       // The peer has closed the socket.
    kMalformed,   // What was read is no frame; nothing is read any more.
  };
  // Calls `received` after each recv(2) that returned bytes, and then `handle` for each frame that
  // these complete.
  Result Read(absl::FunctionRef<void()> received,
              absl::FunctionRef<void(const internal::GuestFrame&)> handle);
  // True after kManyFrames, until the frames are handled.
  bool has_undecoded() const { return has_undecoded_; }

 private:
  Result Decode(absl::FunctionRef<void(const internal::GuestFrame&)> handle);

  const int socket_;
  FrameDecoder decoder_;
  int frames_left_ = 0;         // The number of frames that this iteration may still handle.
  bool has_undecoded_ = false;  // True if more frames were received than that.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_FRAME_READER_H_
