#include "service/execution/event_bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/requests/wire.h"

namespace carrel {
namespace {

v1::ExecuteEvent Printed(std::string text, bool to_stderr = false) {
  v1::ExecuteEvent event;
  event.set_sequence(7);
  event.mutable_time()->set_seconds(1'700'000'000);
  v1::Output* output = to_stderr ? event.mutable_stderr() : event.mutable_stdout();
  output->set_offset_bytes(5'000'000'000);
  output->set_data(std::move(text));
  return event;
}

// Returns a string without spare capacity.
std::string Exactly(size_t size) { return std::string(size, 'x'); }

size_t SliceCount(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(bytes.Dump(&slices).ok());
  return slices.size();
}

TEST(EventBytesTest, EveryEventIsParsedAsItWas) {
  for (size_t size : {0, 1, 100, 4095, 4096, 4097, 16'383, 16'384, 128 << 10, 3 << 20}) {
    for (bool to_stderr : {false, true}) {
      const v1::ExecuteEvent event = Printed(Exactly(size), to_stderr);
      const auto parsed = Parse<v1::ExecuteEvent>(ToBytes(v1::ExecuteEvent(event)).ToByteBuffer());
      ASSERT_TRUE(parsed.ok()) << size << " " << parsed.status();
      EXPECT_EQ(parsed->SerializeAsString(), event.SerializeAsString()) << size;
    }
  }
}

TEST(EventBytesTest, OtherEventsAreParsedAsTheyWere) {
  v1::ExecuteEvent event;
  event.set_sequence(1);
  event.mutable_error()->set_traceback(Exactly(10'000));
  EXPECT_EQ(
      Parse<v1::ExecuteEvent>(ToBytes(v1::ExecuteEvent(event)).ToByteBuffer())->SerializeAsString(),
      event.SerializeAsString());
}

TEST(EventBytesTest, FieldsThatAreZeroAreLeftOut) {
  v1::ExecuteEvent event = Printed(Exactly(10'000));
  event.mutable_stdout()->clear_offset_bytes();
  EXPECT_EQ(ToBytes(v1::ExecuteEvent(event)).ToByteBuffer().Length(), event.ByteSizeLong());
  EXPECT_EQ(Parse<v1::ExecuteEvent>(ToBytes(v1::ExecuteEvent(event)).ToByteBuffer())
                ->stdout()
                .offset_bytes(),
            0);
}

TEST(EventBytesTest, MuchTextIsNotCopied) {
  EXPECT_EQ(SliceCount(ToBytes(Printed(Exactly(100))).ToByteBuffer()), 1U);
  v1::ExecuteEvent event = Printed(Exactly(64 << 10));
  const void* text = event.stdout().data().data();
  const grpc::ByteBuffer bytes = ToBytes(std::move(event)).ToByteBuffer();
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(bytes.Dump(&slices).ok());
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[1].begin(), text);
}

TEST(EventBytesTest, TextInAStringThatIsMuchLargerIsCopied) {
  std::string text = Exactly(10'000);
  text.reserve(1 << 20);
  v1::ExecuteEvent event = Printed("");
  *event.mutable_stdout()->mutable_data() = std::move(text);
  const grpc::ByteBuffer bytes = ToBytes(std::move(event)).ToByteBuffer();
  EXPECT_EQ(SliceCount(bytes), 1U) << "a megabyte would be kept for it";
  EXPECT_EQ(Parse<v1::ExecuteEvent>(bytes)->stdout().data(), Exactly(10'000));
}

}  // namespace
}  // namespace carrel
