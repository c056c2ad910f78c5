#include "service/execution/event_bytes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

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

TEST(EventBytesTest, EveryEventIsParsedAsItWas) {
  for (size_t size : {0, 1, 100, 4095, 4096, 4097, 16'383, 16'384, 128 << 10, 3 << 20}) {
    for (bool to_stderr : {false, true}) {
      const v1::ExecuteEvent event = Printed(Exactly(size), to_stderr);
      v1::ExecuteEvent parsed;
      ASSERT_TRUE(parsed.ParseFromString(ToBytes(v1::ExecuteEvent(event)).ToString())) << size;
      EXPECT_EQ(parsed.SerializeAsString(), event.SerializeAsString()) << size;
    }
  }
}

TEST(EventBytesTest, OtherEventsAreParsedAsTheyWere) {
  v1::ExecuteEvent event;
  event.set_sequence(1);
  event.mutable_error()->set_traceback(Exactly(10'000));
  EXPECT_EQ(ToEvent(ToBytes(v1::ExecuteEvent(event))).SerializeAsString(),
            event.SerializeAsString());
}

TEST(EventBytesTest, FieldsThatAreZeroAreLeftOut) {
  v1::ExecuteEvent event = Printed(Exactly(10'000));
  event.mutable_stdout()->clear_offset_bytes();
  EXPECT_EQ(ToBytes(v1::ExecuteEvent(event)).size(), event.ByteSizeLong());
  EXPECT_EQ(ToEvent(ToBytes(v1::ExecuteEvent(event))).stdout().offset_bytes(), 0);
}

TEST(EventBytesTest, MuchTextIsNotCopied) {
  EXPECT_EQ(ToBytes(Printed(Exactly(100))).rest.bytes, "");
  v1::ExecuteEvent event = Printed(Exactly(64 << 10));
  const char* text = event.stdout().data().data();
  const EventBytes bytes = ToBytes(std::move(event));
  EXPECT_EQ(bytes.rest.bytes.data(), text);
  EXPECT_EQ(bytes.rest.bytes.size(), size_t{64} << 10);
}

TEST(EventBytesTest, TextInAStringThatIsMuchLargerIsCopied) {
  std::string text = Exactly(10'000);
  text.reserve(1 << 20);
  v1::ExecuteEvent event = Printed("");
  *event.mutable_stdout()->mutable_data() = std::move(text);
  const EventBytes bytes = ToBytes(std::move(event));
  EXPECT_EQ(bytes.rest.bytes, "") << "a megabyte would be kept for it";
  EXPECT_EQ(ToEvent(bytes).stdout().data(), Exactly(10'000));
}

TEST(EventBytesTest, CopiesOutliveTheFirst) {
  auto bytes = std::make_unique<EventBytes>(ToBytes(Printed(Exactly(64 << 10))));
  const EventBytes copy = *bytes;
  bytes.reset();
  EXPECT_EQ(ToEvent(copy).stdout().data(), Exactly(64 << 10));
}

}  // namespace
}  // namespace carrel
