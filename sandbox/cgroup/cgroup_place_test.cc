#include "sandbox/cgroup/cgroup_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace carrel {
namespace {

namespace fs = std::filesystem;

constexpr char kUnified[] =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "31 22 0:27 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(FindCgroupPlace, SystemdServiceIsBelowTheMount) {
  auto place = FindCgroupPlace("0::/system.slice/carrel.service\n", kUnified);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->mount, "/sys/fs/cgroup");
  EXPECT_EQ(place->directory, "/sys/fs/cgroup/system.slice/carrel.service");
  EXPECT_FALSE(place->read_only);
}

TEST(FindCgroupPlace, RootIsTheMountItself) {
  auto place = FindCgroupPlace("0::/\n", kUnified);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->directory, "/sys/fs/cgroup");
}

TEST(FindCgroupPlace, LinesOfVersionOneAreNotMeant) {
  auto place = FindCgroupPlace("9:name=systemd:/x\n4:memory:/y\n0::/z\n", kUnified);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->directory, "/sys/fs/cgroup/z");
  EXPECT_FALSE(FindCgroupPlace("4:memory:/y\n", kUnified).ok());
}

TEST(FindCgroupPlace, HybridMachineHasItBesideVersionOne) {
  auto place =
      FindCgroupPlace("8:pids:/\n0::/\n",
                      "40 31 0:37 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
                      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n");
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->directory, "/sys/fs/cgroup/unified");
}

TEST(FindCgroupPlace, MountThatShowsAPartOnly) {
  constexpr char kPart[] =
      "31 22 0:27 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n";
  auto place = FindCgroupPlace("0::/docker/abc/inner\n", kPart);
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->directory, "/sys/fs/cgroup/inner");
  EXPECT_TRUE(place->read_only);
  EXPECT_FALSE(FindCgroupPlace("0::/docker/abcdef\n", kPart).ok());
  EXPECT_FALSE(FindCgroupPlace("0::/\n", kPart).ok());
}

TEST(FindCgroupPlace, WritableMountGoesBeforeAReadOnlyOne) {
  auto place = FindCgroupPlace("0::/\n",
                               "31 22 0:27 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
                               "32 22 0:27 / /run/my\\040groups rw - cgroup2 cgroup rw\n");
  ASSERT_TRUE(place.ok()) << place.status();
  EXPECT_EQ(place->directory, "/run/my groups");
}

TEST(FindCgroupPlace, WhatCannotBeSeenIsNoPlace) {
  for (const char* cgroup : {"", "0::/../sibling\n", "0::/gone (deleted)\n"})
    EXPECT_TRUE(absl::IsFailedPrecondition(FindCgroupPlace(cgroup, kUnified).status())) << cgroup;
  for (const char* mounts : {"", "\n\n", "x", "31 22 0:27 / /sys/fs/cgroup rw - cgroup2",
                             "31 22 0:27 / /sys/fs/cgroup rw - tmpfs cgroup2 rw\n"})
    EXPECT_TRUE(absl::IsFailedPrecondition(FindCgroupPlace("0::/\n", mounts).status())) << mounts;
}

class LeastOfTest : public testing::Test {
 protected:
  LeastOfTest() {
    char pattern[] = "/tmp/carrel-cgroup-place-XXXXXX";
    root_ = mkdtemp(pattern);
    fs::create_directories(root_ / "a/b");
    place_ = {root_.string(), (root_ / "a/b").string()};
  }
  ~LeastOfTest() override { fs::remove_all(root_); }
  void Write(const char* path, const char* text) { std::ofstream(root_ / path) << text; }

  fs::path root_;
  CgroupPlace place_;
};

TEST_F(LeastOfTest, MachineIsTheBoundWhereNothingElseIs) {
  EXPECT_EQ(LeastOf(place_, "memory.max", 1000), 1000);
  Write("a/b/memory.max", "max\n");
  EXPECT_EQ(LeastOf(place_, "memory.max", 1000), 1000);
}

TEST_F(LeastOfTest, NearestIsNotAlwaysTheLeast) {
  Write("a/b/memory.max", "900\n");
  Write("a/memory.max", "400\n");
  Write("memory.max", "700\n");
  EXPECT_EQ(LeastOf(place_, "memory.max", 1000), 400);
  EXPECT_EQ(LeastOf(place_, "memory.max", 300), 300);
}

TEST_F(LeastOfTest, QuotasArePartsOfTheirPeriods) {
  EXPECT_EQ(LeastCpuQuota(place_), 0);
  Write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(LeastCpuQuota(place_), 0);
  Write("a/cpu.max", "150000 100000\n");
  Write("cpu.max", "8000 4000\n");
  EXPECT_EQ(LeastCpuQuota(place_), 1.5);
}

}  // namespace
}  // namespace carrel
