#include "service/execution/event_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>
#include <utility>

#include "service/requests/wire.h"

namespace carrel {
namespace {

using google::protobuf::io::CodedOutputStream;

// Below this size, a copy costs less than a slice of its own.
constexpr size_t kMuch = 4 << 10;

// False if the string's unused capacity would waste much memory while the event is kept.
bool IsWorthMoving(const std::string& data) {
  return data.size() >= kMuch && data.capacity() - data.size() <= data.size() / 8;
}

// The tag of a length-delimited field: https://protobuf.dev/programming-guides/encoding.
constexpr uint32_t Tag(int field_number) { return static_cast<uint32_t>(field_number) << 3 | 2; }

grpc::Slice SliceOf(std::string data) {
  auto* owned = new std::string(std::move(data));
  return grpc::Slice(
      owned->data(), owned->size(), [](void* bytes) { delete static_cast<std::string*>(bytes); },
      owned);
}

// Serialises `event` without its output, then the output up to where the bytes of `data`, its last
// field, start. Fields may be in any order.
std::string BytesBefore(const v1::ExecuteEvent& event, int field_number, const v1::Output& output,
                        const std::string& data) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  CodedOutputStream coded(&stream);
  event.SerializeToCodedStream(&coded);
  const auto size = static_cast<uint32_t>(data.size());
  constexpr uint32_t kDataTag = Tag(v1::Output::kDataFieldNumber);
  coded.WriteTag(Tag(field_number));
  coded.WriteVarint32(static_cast<uint32_t>(output.ByteSizeLong() +
                                            CodedOutputStream::VarintSize32(kDataTag) +
                                            CodedOutputStream::VarintSize32(size)) +
                      size);
  output.SerializeToCodedStream(&coded);
  coded.WriteTag(kDataTag);
  coded.WriteVarint32(size);
  coded.Trim();
  return bytes;
}

}  // namespace

grpc::ByteBuffer EventBytes::ToByteBuffer() const {
  const grpc::Slice slices[] = {start, rest};
  return grpc::ByteBuffer(slices, rest.size() > 0 ? 2 : 1);
}

EventBytes ToBytes(v1::ExecuteEvent&& event) {
  if (!event.has_stdout() && !event.has_stderr()) return {SerializeToSlice(event), {}};
  const int field_number = event.has_stdout() ? v1::ExecuteEvent::kStdoutFieldNumber
                                              : v1::ExecuteEvent::kStderrFieldNumber;
  v1::Output* printed = event.has_stdout() ? event.mutable_stdout() : event.mutable_stderr();
  if (!IsWorthMoving(printed->data())) return {SerializeToSlice(event), {}};
  v1::Output output = std::move(*printed);
  event.clear_event();
  std::string data = std::move(*output.mutable_data());
  output.clear_data();
  grpc::Slice before(BytesBefore(event, field_number, output, data));
  return {std::move(before), SliceOf(std::move(data))};
}

}  // namespace carrel
