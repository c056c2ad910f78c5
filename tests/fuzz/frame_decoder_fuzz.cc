// The frames of a hostile interpreter. Input: one byte that says how the stream is cut
// into pieces, then the stream.
#include <google/protobuf/stubs/common.h>

#include <string>
#include <vector>

#include "sandbox/ipc/frame_decoder.h"
#include "sandbox/ipc/frame_limits.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

constexpr size_t kMostBuffered = kFrameHeaderBytes + kMaxFrameBytes;

// The result of decoding a stream.
struct Decoded {
  std::vector<std::string> frames;
  bool broken = false;
  size_t left = 0;
};

// Takes all complete frames; the decoder then waits for more bytes, or is broken.
void TakeAll(FrameDecoder* decoder, Decoded* result) {
  for (;;) {
    absl::StatusOr<internal::GuestFrame> frame = decoder->Next();
    if (!frame.ok()) {
      FUZZ_CHECK(absl::IsNotFound(frame.status()) || absl::IsInvalidArgument(frame.status()));
      result->broken = absl::IsInvalidArgument(frame.status());
      FUZZ_CHECK(result->broken || decoder->buffered_bytes() < kMostBuffered);
      result->left = decoder->buffered_bytes();
      return;
    }
    FUZZ_CHECK(frame->frame_case() != internal::GuestFrame::FRAME_NOT_SET);
    FUZZ_CHECK(frame->ByteSizeLong() <= kMaxFrameBytes);
    result->frames.push_back(frame->SerializeAsString());
  }
}

void CheckStaysBroken(FrameDecoder* decoder) {
  decoder->Append(StartOfRunCell(1, 0));
  FUZZ_CHECK(absl::IsInvalidArgument(decoder->Next().status()));
}

Decoded Decode(absl::string_view stream, uint8_t way) {
  FrameDecoder decoder;
  fuzz::Pieces pieces(way);
  Decoded result;
  while (!stream.empty() && !result.broken) {
    size_t size = pieces.Next(stream.size());
    decoder.Append(stream.substr(0, size));
    stream.remove_prefix(size);
    TakeAll(&decoder, &result);
  }
  if (result.broken) CheckStaysBroken(&decoder);
  return result;
}

// Returns the size of the frame at the front of `stream`, read without the decoder.
size_t FrameSize(absl::string_view stream) {
  size_t size = 0;
  for (size_t i = 0; i < kFrameHeaderBytes; ++i)
    size |= static_cast<size_t>(static_cast<uint8_t>(stream[i])) << (8 * i);
  return kFrameHeaderBytes + size;
}

// Checks that exactly the whole frames at the front of `stream` were decoded.
void CheckCount(absl::string_view stream, const Decoded& decoded) {
  for (size_t i = 0; i < decoded.frames.size(); ++i) {
    FUZZ_CHECK(stream.size() >= kFrameHeaderBytes && stream.size() >= FrameSize(stream));
    stream.remove_prefix(FrameSize(stream));
  }
  if (decoded.broken) return;
  FUZZ_CHECK(stream.size() == decoded.left);
  FUZZ_CHECK(stream.size() < kFrameHeaderBytes || stream.size() < FrameSize(stream));
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::LogSilencer silence;
  carrel::fuzz::FuzzInput input(data, size);
  const uint8_t way = input.TakeByte();
  const absl::string_view stream = input.TakeRest();
  const carrel::Decoded whole = carrel::Decode(stream, 0);
  carrel::CheckCount(stream, whole);
  // Any division into pieces gives the same frames.
  const carrel::Decoded cut = carrel::Decode(stream, way);
  FUZZ_CHECK(cut.frames == whole.frames);
  FUZZ_CHECK(cut.broken == whole.broken);
  FUZZ_CHECK(cut.broken || cut.left == whole.left);
  return 0;
}
