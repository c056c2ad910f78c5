// Tests that need no cgroup; the others are in cgroup_test.cc.
#include "sandbox/cgroup/cgroup_removal.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace carrel {
namespace {

namespace fs = std::filesystem;

TEST(NumberAfter, FindsTheLineOfThatKeyOnly) {
  constexpr char kEvents[] = "low 1\noom 2\noom_kill 3\noom_group_kill 4\n";
  EXPECT_EQ(NumberAfter(kEvents, "oom"), 2);
  EXPECT_EQ(NumberAfter(kEvents, "oom_kill"), 3);
  EXPECT_EQ(NumberAfter(kEvents, "kill"), 0);
  EXPECT_EQ(NumberAfter("oom many\n", "oom"), 0);
  EXPECT_EQ(NumberAfter("", "oom"), 0);
}

class RemovalTest : public testing::Test {
 protected:
  RemovalTest() {
    char pattern[] = "/tmp/carrel-cgroup-removal-XXXXXX";
    root_ = mkdtemp(pattern);
  }
  ~RemovalTest() override { fs::remove_all(root_); }
  fs::path root_;
};

TEST_F(RemovalTest, WhatIsNotThereHasEnded) {
  const std::string nowhere = (root_ / "nowhere").string();
  EXPECT_TRUE(IsCgroupEmpty(nowhere));
  EXPECT_TRUE(AwaitEmptyCgroup(nowhere, absl::ZeroDuration()));
  EXPECT_TRUE(EndCgroup(nowhere, absl::ZeroDuration()));
}

TEST_F(RemovalTest, FoldersGoFromTheInnermost) {
  fs::create_directories(root_ / "top/sessions/1");
  fs::create_directories(root_ / "top/control");
  EXPECT_TRUE(RemoveCgroup((root_ / "top").string(), absl::ZeroDuration()));
  EXPECT_FALSE(fs::exists(root_ / "top"));
}

// A directory with files is no cgroup: nothing in it is deleted.
TEST_F(RemovalTest, FilesAreLeftAlone) {
  fs::create_directories(root_ / "top");
  std::ofstream(root_ / "top/file") << "x";
  EXPECT_FALSE(RemoveCgroup((root_ / "top").string(), absl::ZeroDuration()));
  EXPECT_TRUE(fs::exists(root_ / "top/file"));
}

TEST_F(RemovalTest, EventsSayWhetherItIsEmpty) {
  fs::create_directories(root_ / "top");
  const std::string top = (root_ / "top").string();
  EXPECT_TRUE(IsCgroupEmpty(top)) << "a folder without events is none";
  std::ofstream(root_ / "top/cgroup.events") << "populated 1\nfrozen 0\n";
  EXPECT_FALSE(IsCgroupEmpty(top));
  EXPECT_FALSE(AwaitEmptyCgroup(top, absl::ZeroDuration()));
  std::ofstream(root_ / "top/cgroup.events") << "populated 0\nfrozen 0\n";
  EXPECT_TRUE(IsCgroupEmpty(top));
  EXPECT_TRUE(AwaitEmptyCgroup(top, absl::ZeroDuration()));
}

}  // namespace
}  // namespace carrel
