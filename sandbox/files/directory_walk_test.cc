#include "sandbox/files/directory_walk.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class DirectoryWalkTest : public WorkspaceTest {
 protected:
  DirectoryWalkTest() {
    for (const char* name : {"a", "a/b", "c"}) Folder(name);
    for (const char* name : {"a/b/f", "a/f", "c/f"}) Put(files + "/" + name, "x");
    Link("..", "up");
    options_ = {100, 10, true};
  }
  std::vector<std::string> Walk() {
    std::vector<std::string> paths;
    result_ = WalkBeneath(files_fd(), options_, [&](const WalkEntry& entry) {
      EXPECT_EQ(entry.path.substr(entry.path.rfind('/') + 1), entry.name);
      paths.push_back(entry.path + (entry.is_folder ? "/" : entry.is_regular ? "" : "@"));
      return action_(entry);
    });
    return paths;
  }
  WalkOptions options_;
  WalkResult result_;
  std::function<WalkAction(const WalkEntry&)> action_ = [](const WalkEntry&) {
    return WalkAction::kContinue;
  };
};

TEST_F(DirectoryWalkTest, SeesEverythingOnceInOrderAndFollowsNothing) {
  EXPECT_THAT(Walk(), ElementsAre("a/", "a/b/", "a/b/f", "a/f", "c/", "c/f", "up@"));
  EXPECT_FALSE(result_.out_of_entries || result_.too_deep || result_.unreadable);
  options_.sorted = false;
  EXPECT_THAT(Walk(), UnorderedElementsAre("a/", "a/b/", "a/b/f", "a/f", "c/", "c/f", "up@"));
}

TEST_F(DirectoryWalkTest, SkipAndStop) {
  action_ = [](const WalkEntry& entry) {
    if (entry.path == "a/b") return WalkAction::kSkip;
    return entry.path == "c/f" ? WalkAction::kStop : WalkAction::kContinue;
  };
  EXPECT_THAT(Walk(), ElementsAre("a/", "a/b/", "a/f", "c/", "c/f"));
}

TEST_F(DirectoryWalkTest, StaysWithinItsBounds) {
  options_.max_entries = 4;
  EXPECT_LE(Walk().size(), 4u);
  EXPECT_TRUE(result_.out_of_entries);
  options_ = {100, 2, true};
  EXPECT_THAT(Walk(), ElementsAre("a/", "a/b/", "a/f", "c/", "c/f", "up@"));
  EXPECT_TRUE(result_.too_deep);
}

TEST_F(DirectoryWalkTest, AFolderSwappedForASymlinkUnderTheWalkIsNotEntered) {
  action_ = [this](const WalkEntry& entry) {
    if (entry.path == "c") {
      EXPECT_EQ(rename((files + "/c").c_str(), (files + "/old").c_str()), 0);
      EXPECT_EQ(symlink(outside.c_str(), (files + "/c").c_str()), 0);
    }
    return WalkAction::kContinue;
  };
  EXPECT_THAT(Walk(), ElementsAre("a/", "a/b/", "a/b/f", "a/f", "c/", "up@"));
  EXPECT_FALSE(result_.unreadable);
}

TEST_F(DirectoryWalkTest, AFolderThatCannotBeReadIsReported) {
  // Permissions do not bind root, so the test becomes the guest.
  if (geteuid() == 0) {
    ASSERT_EQ(seteuid(owner.uid), 0);
  }
  EXPECT_EQ(chmod((files + "/a").c_str(), 0), 0);
  const std::vector<std::string> paths = Walk();
  ASSERT_EQ(seteuid(getuid()), 0);
  EXPECT_THAT(paths, ElementsAre("a/", "c/", "c/f", "up@"));
  EXPECT_TRUE(result_.unreadable);
}

}  // namespace
}  // namespace carrel
