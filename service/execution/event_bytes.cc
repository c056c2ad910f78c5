#include "service/execution/event_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

using google::protobuf::io::CodedOutputStream;

// Below this size, a copy costs less than a string of its own.
constexpr size_t kMuch = 4 << 10;

// False if the string's unused capacity would waste much memory while the event is kept.
bool IsWorthMoving(const std::string& data) {
  return data.size() >= kMuch && data.capacity() - data.size() <= data.size() / 8;
}

// The tag of a length-delimited field: https://protobuf.dev/programming-guides/encoding.
constexpr uint32_t Tag(int field_number) { return static_cast<uint32_t>(field_number) << 3 | 2; }

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

SharedBytes SharedBytes::Of(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const absl::string_view bytes = *owner;
  return {std::move(owner), bytes};
}

std::string EventBytes::ToString() const { return absl::StrCat(start.bytes, rest.bytes); }

EventBytes ToBytes(v1::ExecuteEvent&& event) {
  if (!event.has_stdout() && !event.has_stderr())
    return {SharedBytes::Of(event.SerializeAsString()), {}};
  const int field_number = event.has_stdout() ? v1::ExecuteEvent::kStdoutFieldNumber
                                              : v1::ExecuteEvent::kStderrFieldNumber;
  v1::Output* printed = event.has_stdout() ? event.mutable_stdout() : event.mutable_stderr();
  if (!IsWorthMoving(printed->data())) return {SharedBytes::Of(event.SerializeAsString()), {}};
  v1::Output output = std::move(*printed);
  event.clear_event();
  std::string data = std::move(*output.mutable_data());
  output.clear_data();
  return {SharedBytes::Of(BytesBefore(event, field_number, output, data)),
          SharedBytes::Of(std::move(data))};
}

v1::ExecuteEvent ToEvent(const EventBytes& bytes) {
  v1::ExecuteEvent event;
  event.ParseFromString(bytes.ToString());  // Cannot fail: the bytes are those of an event.
  return event;
}

}  // namespace carrel
