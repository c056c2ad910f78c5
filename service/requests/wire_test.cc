#include "service/requests/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {
namespace {

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

TEST(WireTest, ParsesWhatItSerialized) {
  v1::ExecuteRequest request;
  request.set_session("sessions/a");
  request.set_code("print('é')");
  EXPECT_EQ(Parse<v1::ExecuteRequest>(Serialize(request))->code(), "print('é')");
  EXPECT_TRUE(Parse<v1::ExecuteRequest>(BufferOf("")).ok());
}

TEST(WireTest, NamesTheStringThatIsNotUtf8) {
  // Field 2, code, of one byte 0xFF.
  absl::Status status = Parse<v1::ExecuteRequest>(BufferOf("\x12\x01\xFF")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "code is not valid UTF-8");
}

TEST(WireTest, NamesTheNestedStringThatIsNotUtf8) {
  // session { image: "\xFF" }
  absl::Status status =
      Parse<v1::CreateSessionRequest>(BufferOf(std::string("\x12\x03\x12\x01\xFF", 5))).status();
  EXPECT_EQ(status.message(), "session.image is not valid UTF-8");
}

TEST(WireTest, RefusesRubbish) {
  absl::Status status = Parse<v1::ExecuteRequest>(BufferOf("\x12\x7F")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace carrel
