#include "sandbox/ipc/frame_decoder.h"

#include <endian.h>
#include <google/protobuf/io/coded_stream.h>
#include <string.h>

#include "sandbox/ipc/frame_limits.h"

namespace carrel {
namespace {

using google::protobuf::io::CodedOutputStream;

// https://protobuf.dev/programming-guides/encoding
enum class WireType { kVarint = 0, kLengthDelimited = 2 };

constexpr uint32_t TagOf(int field_number, WireType type) {
  return static_cast<uint32_t>(field_number) << 3 | static_cast<uint32_t>(type);
}

}  // namespace

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

std::string StartOfRunCell(uint64_t cell, size_t code_bytes) {
  const auto code_size = static_cast<uint32_t>(code_bytes);
  uint8_t fields[32];  // The fields of RunCell, without the code.
  uint8_t* end = CodedOutputStream::WriteTagToArray(
      TagOf(internal::RunCell::kCellFieldNumber, WireType::kVarint), fields);
  end = CodedOutputStream::WriteVarint64ToArray(cell, end);
  end = CodedOutputStream::WriteTagToArray(
      TagOf(internal::RunCell::kCodeFieldNumber, WireType::kLengthDelimited), end);
  end = CodedOutputStream::WriteVarint32ToArray(code_size, end);
  const auto fields_size = static_cast<uint32_t>(end - fields);
  uint8_t start[16];
  uint8_t* body = CodedOutputStream::WriteTagToArray(
      TagOf(internal::HostFrame::kRunCellFieldNumber, WireType::kLengthDelimited),
      start + kFrameHeaderBytes);
  body = CodedOutputStream::WriteVarint32ToArray(fields_size + code_size, body);
  const auto start_size = static_cast<uint32_t>(body - start);
  const uint32_t size =
      htole32(start_size - static_cast<uint32_t>(kFrameHeaderBytes) + fields_size + code_size);
  memcpy(start, &size, sizeof(size));
  std::string bytes(reinterpret_cast<char*>(start), start_size);
  bytes.append(reinterpret_cast<char*>(fields), fields_size);
  return bytes;
}

}  // namespace carrel
