#include "sandbox/host/frame_reader.h"

#include <errno.h>
#include <sys/socket.h>

namespace carrel {
namespace {

// The maximum number of frames in one loop iteration; each may be of a few bytes.
constexpr int kMaxFrames = 1024;

}  // namespace

FrameReader::Result FrameReader::Read(absl::FunctionRef<void()> received,
                                      absl::FunctionRef<void(const internal::GuestFrame&)> handle) {
  frames_left_ = kMaxFrames;
  if (has_undecoded_)
    if (const Result result = Decode(handle); result != Result::kAll) return result;
  for (size_t total = 0; total < kMaxReadBytes;) {
    char buffer[64 << 10];
    const ssize_t n = recv(socket_, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 && errno == EAGAIN ? Result::kAll : Result::kEnded;
    total += static_cast<size_t>(n);
    received();
    decoder_.Append({buffer, static_cast<size_t>(n)});
    if (const Result result = Decode(handle); result != Result::kAll) return result;
    // A short read has emptied the socket.
    if (static_cast<size_t>(n) < sizeof(buffer)) return Result::kAll;
  }
  return Result::kPart;
}

FrameReader::Result FrameReader::Decode(
    absl::FunctionRef<void(const internal::GuestFrame&)> handle) {
  has_undecoded_ = false;
  while (frames_left_-- > 0) {
    absl::StatusOr<internal::GuestFrame> frame = decoder_.Next();
    if (absl::IsNotFound(frame.status())) return Result::kAll;
    if (!frame.ok()) return Result::kMalformed;
    handle(*frame);
  }
  has_undecoded_ = true;
  return Result::kManyFrames;
}

}  // namespace carrel
