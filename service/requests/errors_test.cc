#include "service/requests/errors.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace carrel {
namespace {

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  google::rpc::Status details = DetailsOf(status);
  EXPECT_GE(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&info));
  return info;
}

TEST(ErrorsTest, InvalidFieldNamesTheField) {
  grpc::Status status = ToRpcStatus(InvalidField("session.limits.memory_bytes", "is negative"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "session.limits.memory_bytes is negative");
  google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.reason(), "INVALID_FIELD");
  EXPECT_EQ(info.domain(), "carrel.v1");
  EXPECT_EQ(info.metadata().at("field"), "session.limits.memory_bytes");
}

TEST(ErrorsTest, QueueFullSaysWhenToRetry) {
  grpc::Status status = ToRpcStatus(QueueFull("sessions/a", 16));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::RetryInfo retry;
  ASSERT_EQ(DetailsOf(status).details_size(), 2);
  ASSERT_TRUE(DetailsOf(status).details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(RetryDelayOf(QueueFull("sessions/a", 16)), absl::Seconds(1));
}

TEST(ErrorsTest, AQuotaIsNoReasonToRetry) {
  absl::Status status = FileError(absl::ResourceExhaustedError("full"), "sessions/a/files/b");
  EXPECT_EQ(InfoOf(ToRpcStatus(status)).reason(), "WORKSPACE_QUOTA");
  EXPECT_EQ(RetryDelayOf(status), absl::ZeroDuration());
}

TEST(ErrorsTest, NamesAFileOnce) {
  absl::Status status =
      FileError(absl::FailedPreconditionError("d/x: is a folder"), "sessions/a/files/d/x");
  EXPECT_EQ(status.message(), "\"sessions/a/files/d/x\": is a folder");
}

TEST(ErrorsTest, AnErrorOfUnknownOriginIsOurFault) {
  grpc::Status status = ToRpcStatus(absl::NotFoundError("no payload"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(InfoOf(status).reason(), "SERVER_ERROR");
}

TEST(ErrorsTest, OkStaysOk) { EXPECT_TRUE(ToRpcStatus(absl::OkStatus()).ok()); }

}  // namespace
}  // namespace carrel
