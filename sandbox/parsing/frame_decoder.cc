#include "sandbox/parsing/frame_decoder.h"

#include <endian.h>
#include <string.h>

#include "sandbox/parsing/frame_limits.h"

namespace carrel {

void FrameDecoder::Append(absl::string_view bytes) {
  if (start_ == buffer_.size()) {
    buffer_.clear();
    start_ = 0;
  } else if (start_ > kMaxFrameBytes) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes.data(), bytes.size());
}

absl::StatusOr<internal::GuestFrame> FrameDecoder::Next() {
  if (broken_) return absl::InvalidArgumentError("the stream is malformed");
  if (buffered_bytes() < kFrameHeaderBytes) return absl::NotFoundError("incomplete");
  uint32_t size;
  memcpy(&size, buffer_.data() + start_, sizeof(size));
  size = le32toh(size);
  if (size > kMaxFrameBytes) {
    broken_ = true;
    return absl::InvalidArgumentError("a frame is longer than the maximum");
  }
  if (buffered_bytes() < kFrameHeaderBytes + size) return absl::NotFoundError("incomplete");
  internal::GuestFrame frame;
  bool parsed =
      frame.ParseFromArray(buffer_.data() + start_ + kFrameHeaderBytes, static_cast<int>(size));
  start_ += kFrameHeaderBytes + size;
  if (!parsed || frame.frame_case() == internal::GuestFrame::FRAME_NOT_SET) {
    broken_ = true;
    return absl::InvalidArgumentError("a frame does not parse");
  }
  return frame;
}

std::string EncodeFrame(const internal::HostFrame& frame) {
  std::string bytes(kFrameHeaderBytes, '\0');
  frame.AppendToString(&bytes);
  uint32_t size = htole32(static_cast<uint32_t>(bytes.size() - kFrameHeaderBytes));
  memcpy(bytes.data(), &size, sizeof(size));
  return bytes;
}

}  // namespace carrel
