#include "service/rpc/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "carrel/v1/code_interpreter.pb.h"
#include "service/model/errors.h"

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

TEST(WireTest, AnErrorHasItsCodeTextAndDetails) {
  EXPECT_TRUE(ToRpcStatus(absl::OkStatus()).ok());
  const grpc::Status status = ToRpcStatus(QueueFull("sessions/a", 16));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.message(), status.error_message());
  EXPECT_EQ(details.details_size(), 2);
}

}  // namespace
}  // namespace carrel
