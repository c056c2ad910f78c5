#include "sandbox/files/workspace_quota.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace carrel {
namespace {

constexpr WorkspaceLimits kLimits{100, 10};

void Measured(WorkspaceQuota& quota, int64_t bytes, int64_t entries) {
  quota.FinishMeasuring(quota.StartMeasuring(), WorkspaceUsage{bytes, entries, true});
}

TEST(WorkspaceQuotaTest, PromisesNoMoreThanIsLeft) {
  WorkspaceQuota quota(kLimits);
  Measured(quota, 40, 3);
  EXPECT_TRUE(quota.Reserve(60, 7).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(1, 0)));
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(0, 1)));
  quota.Release(10, 1);
  EXPECT_TRUE(quota.Reserve(10, 1).ok());
}

TEST(WorkspaceQuotaTest, HugeDemandsDoNotOverflow) {
  WorkspaceQuota quota(kLimits);
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(kHuge, 0)));
  EXPECT_TRUE(quota.Reserve(100, 0).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(kHuge, 0)));
  EXPECT_EQ(WorkspaceQuota::BlocksOf(kHuge), kHuge);
}

TEST(WorkspaceQuotaTest, AWorkspaceOverItsLimitLeavesNothing) {
  WorkspaceQuota quota(kLimits);
  Measured(quota, 1000, 3);
  EXPECT_TRUE(quota.Reserve(0, 1).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(1, 1)));
}

TEST(WorkspaceQuotaTest, WhatIsCommittedDuringAMeasurementIsNotLost) {
  WorkspaceQuota quota(kLimits);
  ASSERT_TRUE(quota.Reserve(80, 8).ok());
  const WorkspaceQuota::Amount started = quota.StartMeasuring();
  quota.Commit(80, 8);
  quota.FinishMeasuring(started, WorkspaceUsage{0, 0, true});  // The walk was too early.
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(21, 0)));
  EXPECT_TRUE(absl::IsResourceExhausted(quota.Reserve(0, 3)));
  EXPECT_TRUE(quota.Reserve(20, 2).ok());
}

TEST(WorkspaceQuotaTest, TheNextMeasurementReplacesTheEstimate) {
  WorkspaceQuota quota(kLimits);
  ASSERT_TRUE(quota.Reserve(80, 8).ok());
  quota.Commit(80, 8);
  Measured(quota, 10, 1);  // Most of it has been deleted since.
  EXPECT_TRUE(quota.Reserve(90, 9).ok());
}

TEST(WorkspaceQuotaTest, FilesTakeWholeBlocks) {
  EXPECT_EQ(WorkspaceQuota::BlocksOf(0), 0);
  EXPECT_EQ(WorkspaceQuota::BlocksOf(1), 4096);
  EXPECT_EQ(WorkspaceQuota::BlocksOf(4096), 4096);
  EXPECT_EQ(WorkspaceQuota::BlocksOf(4097), 8192);
}

}  // namespace
}  // namespace carrel
