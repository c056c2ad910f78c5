#include "service/model/errors.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"

namespace carrel {
namespace {

google::rpc::ErrorInfo InfoOf(const google::rpc::Status& details) {
  google::rpc::ErrorInfo info;
  EXPECT_GE(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&info));
  return info;
}

TEST(ErrorsTest, InvalidFieldNamesTheField) {
  const google::rpc::Status status =
      DetailsOf(InvalidField("session.limits.memory_bytes", "is negative"));
  EXPECT_EQ(status.code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(status.message(), "session.limits.memory_bytes is negative");
  google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.reason(), "INVALID_FIELD");
  EXPECT_EQ(info.domain(), "carrel.v1");
  EXPECT_EQ(info.metadata().at("field"), "session.limits.memory_bytes");
}

TEST(ErrorsTest, QueueFullSaysWhenToRetry) {
  const google::rpc::Status status = DetailsOf(QueueFull("sessions/a", 16));
  EXPECT_EQ(status.code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
  google::rpc::RetryInfo retry;
  ASSERT_EQ(status.details_size(), 2);
  ASSERT_TRUE(status.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(RetryDelayOf(QueueFull("sessions/a", 16)), absl::Seconds(1));
}

TEST(ErrorsTest, AQuotaIsNoReasonToRetry) {
  absl::Status status = FileError(absl::ResourceExhaustedError("full"), "sessions/a/files/b");
  EXPECT_EQ(InfoOf(DetailsOf(status)).reason(), "WORKSPACE_QUOTA");
  EXPECT_EQ(RetryDelayOf(status), absl::ZeroDuration());
}

TEST(ErrorsTest, NamesAFileOnce) {
  absl::Status status =
      FileError(absl::FailedPreconditionError("d/x: is a folder"), "sessions/a/files/d/x");
  EXPECT_EQ(status.message(), "\"sessions/a/files/d/x\": is a folder");
}

TEST(ErrorsTest, AnErrorOfUnknownOriginIsOurFault) {
  const google::rpc::Status status = DetailsOf(absl::NotFoundError("no payload"));
  EXPECT_EQ(status.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_EQ(InfoOf(status).reason(), "SERVER_ERROR");
}

}  // namespace
}  // namespace carrel
