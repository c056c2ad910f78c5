#include "service/rpc/event_buffer.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

EventBytes Printed(size_t size) {
  v1::ExecuteEvent event;
  event.mutable_stdout()->set_data(std::string(size, 'x'));
  return ToBytes(std::move(event));
}

std::vector<grpc::Slice> SlicesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  return slices;
}

TEST(EventBufferTest, HasTheBytesOfTheEvent) {
  for (size_t size : {0, 1, 4095, 4096, 128 << 10}) {
    const EventBytes event = Printed(size);
    std::string sent;
    for (const grpc::Slice& slice : SlicesOf(ToByteBuffer(event)))
      sent.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    EXPECT_EQ(sent, event.ToString()) << size;
  }
}

TEST(EventBufferTest, MuchTextIsSharedAndOutlivesTheEvent) {
  EventBytes event = Printed(64 << 10);
  const char* text = event.rest.bytes.data();
  const grpc::ByteBuffer buffer = ToByteBuffer(event);
  event = {};
  const std::vector<grpc::Slice> slices = SlicesOf(buffer);
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(reinterpret_cast<const char*>(slices[1].begin()), text);
  EXPECT_EQ(text[0], 'x');
}

}  // namespace
}  // namespace carrel
