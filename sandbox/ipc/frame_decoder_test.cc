#include "sandbox/ipc/frame_decoder.h"

#include <endian.h>
#include <gtest/gtest.h>
#include <string.h>

#include <random>
#include <string>

#include "sandbox/ipc/frame_limits.h"

namespace carrel {
namespace {

std::string Encode(const internal::GuestFrame& frame) {
  std::string body = frame.SerializeAsString();
  std::string bytes(kFrameHeaderBytes, '\0');
  for (size_t i = 0; i < kFrameHeaderBytes; ++i)
    bytes[i] = static_cast<char>(body.size() >> (8 * i));
  return bytes + body;
}

std::string StreamFrame(const std::string& text) {
  internal::GuestFrame frame;
  frame.set_cell(1);
  frame.mutable_stream()->set_text(text);
  return Encode(frame);
}

TEST(FrameDecoder, FramesComeOutAsTheyWentInHoweverTheyAreCut) {
  std::string bytes;
  for (size_t i = 0; i < 50; ++i)
    bytes += StreamFrame(std::string(i * 37, 'x') + std::to_string(i));
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    FrameDecoder decoder;
    size_t seen = 0;
    for (size_t at = 0; at < bytes.size();) {
      size_t size = std::min<size_t>(1 + random() % 300, bytes.size() - at);
      decoder.Append({bytes.data() + at, size});
      at += size;
      for (auto frame = decoder.Next(); frame.ok(); frame = decoder.Next()) {
        EXPECT_EQ(frame->stream().text(), std::string(seen * 37, 'x') + std::to_string(seen));
        ++seen;
      }
    }
    EXPECT_EQ(seen, 50u);
    EXPECT_EQ(decoder.buffered_bytes(), 0u);
  }
}

TEST(FrameDecoder, OversizedLengthBreaksTheStreamForGood) {
  FrameDecoder decoder;
  decoder.Append(absl::string_view("\x01\x00\x10\x00", 4));  // 1 MiB + 1
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Next().status()));
  decoder.Append(StreamFrame("honest"));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Next().status()));
}

TEST(FrameDecoder, NegativeLengthIsOversized) {
  FrameDecoder decoder;
  decoder.Append("\xff\xff\xff\xff");
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Next().status()));
}

TEST(FrameDecoder, LongestFrameIsAccepted) {
  FrameDecoder decoder;
  std::string frame = StreamFrame(std::string(kMaxFrameBytes - 16, 'x'));
  ASSERT_LE(frame.size(), kMaxFrameBytes + kFrameHeaderBytes);
  decoder.Append(frame);
  EXPECT_TRUE(decoder.Next().ok());
}

TEST(FrameDecoder, BytesThatAreNoMessageBreakTheStream) {
  FrameDecoder decoder;
  decoder.Append(absl::string_view("\x03\x00\x00\x00\xff\xff\xff", 7));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Next().status()));
}

TEST(FrameDecoder, FrameWithoutContentBreaksTheStream) {
  FrameDecoder decoder;
  decoder.Append(absl::string_view("\x00\x00\x00\x00", 4));
  EXPECT_TRUE(absl::IsInvalidArgument(decoder.Next().status()));
}

TEST(FrameDecoder, ACellOnItsWayIsTheMessageThatTheInterpreterParses) {
  for (const uint64_t cell : {uint64_t{0}, uint64_t{1}, uint64_t{300}, ~uint64_t{0}}) {
    for (const size_t code_bytes : {0, 10, 127, 128, 512 << 10}) {
      const std::string code(code_bytes, 'x');
      const std::string bytes = StartOfRunCell(cell, code.size()) + code;
      uint32_t size;
      memcpy(&size, bytes.data(), sizeof(size));
      ASSERT_EQ(le32toh(size), bytes.size() - kFrameHeaderBytes);
      internal::HostFrame frame;
      ASSERT_TRUE(frame.ParseFromString(bytes.substr(kFrameHeaderBytes)));
      EXPECT_EQ(frame.run_cell().cell(), cell);
      EXPECT_EQ(frame.run_cell().code(), code);
    }
  }
}

TEST(FrameDecoder, IncompleteFrameWaits) {
  FrameDecoder decoder;
  std::string frame = StreamFrame("abc");
  for (char byte : frame.substr(0, frame.size() - 1)) {
    decoder.Append({&byte, 1});
    EXPECT_TRUE(absl::IsNotFound(decoder.Next().status()));
  }
  decoder.Append({&frame.back(), 1});
  EXPECT_TRUE(decoder.Next().ok());
}

}  // namespace
}  // namespace carrel
