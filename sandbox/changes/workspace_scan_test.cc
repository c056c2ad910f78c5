#include "sandbox/changes/workspace_scan.h"

#include <sys/time.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WorkspaceScanTest : public WorkspaceTest {
 protected:
  Snapshot Take() {
    Snapshot snapshot = Snapshot::Take(*workspace).value();
    Tick();
    return snapshot;
  }
};

TEST_F(WorkspaceScanTest, TellsCreatedModifiedAndDeleted) {
  Folder("d");
  for (const char* name : {"/same", "/changed", "/d/gone"}) Put(files + name, "x");
  const Snapshot before = Take();
  Put(files + "/changed", "longer");
  Put(files + "/d/new", "abc");
  ASSERT_EQ(unlink((files + "/d/gone").c_str()), 0);
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("*changed 6", "-d/gone 0", "+d/new 3"));
}

TEST_F(WorkspaceScanTest, NothingDoneIsNothingReported) {
  Put(files + "/a", "x");
  const Snapshot before = Take();
  EXPECT_EQ(Get(files + "/a"), "x");
  EXPECT_THAT(Describe(Diff(before, Take())), IsEmpty());
}

TEST_F(WorkspaceScanTest, AForgedTimeDoesNotHideAChange) {
  Put(files + "/a", "before");
  struct stat old;
  ASSERT_EQ(stat((files + "/a").c_str(), &old), 0);
  const Snapshot before = Take();
  Put(files + "/a", "forged");
  const struct timespec times[2] = {old.st_atim, old.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, (files + "/a").c_str(), times, 0), 0);
  EXPECT_EQ(workspace->Stat(Path("a"))->version.mtime_ns, FileVersion::Of(old).mtime_ns);
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("*a 6"));
}

TEST_F(WorkspaceScanTest, ARenamedFileIsDeletedAndCreated) {
  Put(files + "/a", "x");
  const Snapshot before = Take();
  ASSERT_EQ(rename((files + "/a").c_str(), (files + "/b").c_str()), 0);
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("-a 0", "+b 1"));
}

TEST_F(WorkspaceScanTest, WhatTheHostWroteIsNotTheCellsDoing) {
  Put(files + "/deleted", "x");
  Put(files + "/replaced", "x");
  Snapshot before = Take();
  before.Record(Write("uploaded", "x").value());
  before.Record(Write("replaced", "yz").value());
  ASSERT_TRUE(workspace->Delete(Path("deleted")).ok());
  before.Forget(Path("deleted"));
  Put(files + "/cell", "x");
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("+cell 1"));
  Put(files + "/uploaded", "changed by the cell");
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("+cell 1", "*uploaded 19"));
}

TEST_F(WorkspaceScanTest, OnlyRegularFilesWithGoodNamesCount) {
  const Snapshot before = Take();
  Folder("empty");
  Link(secret, "link");
  Link(outside, "folder-link");
  ASSERT_EQ(mkfifo((files + "/fifo").c_str(), 0600), 0);
  Put(files + "/new\nline", "x");
  Folder("bad\xff");
  Put(files + "/bad\xff/a", "x");
  EXPECT_THAT(Describe(Diff(before, Take())), IsEmpty());
}

TEST_F(WorkspaceScanTest, WhatProgramsKeepForThemselvesIsLeftOut) {
  Snapshot before = Take();
  for (const char* name : {"__pycache__", ".cache", "d", "d/.cache", "d/__pycache__"}) {
    Folder(name);
    Put(files + "/" + name + "/a", "x");
  }
  EXPECT_THAT(Describe(Diff(before, Take())), ElementsAre("+d/.cache/a 1", "+d/a 1"));
  before.Record(Write(".config/a", "x").value());
  EXPECT_EQ(before.size(), 0u);
  EXPECT_FALSE(IsPrivateToPrograms("cache/__pycache__x/.cache"));
  for (absl::string_view path : {".cache", ".config/a", ".local", "a/.ipynb_checkpoints/b"}) {
    EXPECT_TRUE(IsPrivateToPrograms(path)) << path;
  }
}

TEST_F(WorkspaceScanTest, ATruncatedSnapshotClaimsNothingItDidNotSee) {
  for (int i = 0; i < 10; ++i) Put(absl::StrCat(files, "/", i), "x");
  const Snapshot all = Take();
  const Snapshot some = Snapshot::Take(*workspace, 5).value();
  EXPECT_FALSE(all.truncated());
  EXPECT_TRUE(some.truncated());
  EXPECT_EQ(some.size(), 5u);
  for (const Changes& changes : {Diff(all, some), Diff(some, all)}) {
    EXPECT_THAT(Describe(changes), IsEmpty());
    EXPECT_TRUE(changes.truncated);
  }
  EXPECT_FALSE(Diff(all, all).truncated);
}

TEST_F(WorkspaceScanTest, LongNamesAreBoundedByTheirBytes) {
  const std::string folder = std::string(200, 'a') + "/" + std::string(200, 'b') + "/";
  Folder(folder.substr(0, 200));
  Folder(folder);
  const size_t many = Snapshot::kMaxNameBytes / 600 + 100;
  for (size_t i = 0; i < many; ++i)
    Put(absl::StrCat(files, "/", folder, i, std::string(200, 'c')), "");
  const Snapshot snapshot = Take();
  EXPECT_TRUE(snapshot.truncated());
  EXPECT_LE(snapshot.name_bytes(), Snapshot::kMaxNameBytes);
  EXPECT_GT(snapshot.name_bytes(), Snapshot::kMaxNameBytes - 1000);
  EXPECT_LT(snapshot.size(), many);
}

TEST_F(WorkspaceScanTest, TheBytesOfNamesAreCountedAsTheyComeAndGo) {
  Snapshot snapshot;
  const FileInfo file = Write("name", "x").value();
  for (int i = 0; i < 2; ++i) snapshot.Record(file);
  EXPECT_EQ(snapshot.name_bytes(), 4u);
  for (int i = 0; i < 2; ++i) snapshot.Forget(file.path);
  EXPECT_EQ(snapshot.name_bytes(), 0u);
}

}  // namespace
}  // namespace carrel
