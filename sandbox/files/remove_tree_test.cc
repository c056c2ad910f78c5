#include "sandbox/files/remove_tree.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

class RemoveTreeTest : public WorkspaceTest {
 protected:
  bool Gone() { return access(session.c_str(), F_OK) != 0; }
};

TEST_F(RemoveTreeTest, EverythingGoesAndNothingElse) {
  Folder("d");
  Folder("d/e");
  Put(files + "/d/e/a", "x");
  Put(files + "/new\nline", "x");
  Folder("removed-0");  // The first name that the deletion itself would use.
  Folder("removed-0/removed-1");
  Put(files + "/removed-0/removed-1/a", "x");
  Link(outside, "folder-link");
  Link(secret, "d/link");
  ASSERT_EQ(mkfifo((files + "/d/fifo").c_str(), 0), 0);
  EXPECT_TRUE(Workspace::Destroy(session).ok());
  EXPECT_TRUE(Gone());
  EXPECT_EQ(Get(secret), "TOP SECRET");
  EXPECT_TRUE(Workspace::Destroy(session).ok());
}

TEST_F(RemoveTreeTest, DepthCostsNeitherStackNorDescriptors) {
  UniqueFd folder(open(files.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(mkdirat(folder.get(), "d", 0755), 0);
    folder.reset(openat(folder.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(folder.valid());
  }
  folder.reset();
  struct rlimit old;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  const struct rlimit few = {32, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const absl::Status destroyed = Workspace::Destroy(session);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_TRUE(destroyed.ok()) << destroyed;
  EXPECT_TRUE(Gone());
}

TEST_F(RemoveTreeTest, PermissionsDoNotProtectAFolderFromItsOwner) {
  Folder("d");
  Folder("d/e");
  Put(files + "/d/e/a", "x");
  ASSERT_EQ(chmod((files + "/d/e").c_str(), 0), 0);
  ASSERT_EQ(chmod((files + "/d").c_str(), 0500), 0);
  // The owner of the tree, if the test is root, is bound by permissions.
  if (geteuid() == 0) {
    ASSERT_EQ(chmod(session.c_str(), 0777), 0);
    for (const char* name : {"/d", "/d/e"}) {
      ASSERT_EQ(chown((files + name).c_str(), owner.uid, owner.gid), 0);
    }
    ASSERT_EQ(seteuid(owner.uid), 0);
  }
  UniqueFd parent(open(session.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const absl::Status removed = RemoveTreeAt(parent.get(), "files");
  ASSERT_EQ(seteuid(getuid()), 0);
  EXPECT_TRUE(removed.ok()) << removed;
  EXPECT_NE(access(files.c_str(), F_OK), 0);
}

TEST_F(RemoveTreeTest, ASymlinkIsDeletedNotFollowed) {
  Link(outside, "link");
  EXPECT_TRUE(RemoveTreeAt(files_fd(), "link").ok());
  EXPECT_TRUE(RemoveTreeAt(files_fd(), "link").ok());
  EXPECT_EQ(Get(secret), "TOP SECRET");
}

TEST_F(RemoveTreeTest, NamesOfMoreThanOneComponentAreRefused) {
  for (const std::string& name : {std::string("../../outside"), std::string(".."), std::string("."),
                                  std::string(), outside}) {
    EXPECT_TRUE(absl::IsInvalidArgument(RemoveTreeAt(files_fd(), name))) << name;
  }
  for (const std::string& path : {std::string(), std::string("relative"), outside + "/"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Workspace::Destroy(path))) << path;
  }
  EXPECT_EQ(Get(secret), "TOP SECRET");
}

}  // namespace
}  // namespace carrel
