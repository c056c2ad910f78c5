#include "sandbox/files/workspace.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;

TEST_F(WorkspaceTest, CreateMakesAPrivateFolderOfTheSession) {
  struct stat status;
  ASSERT_EQ(stat(files.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFDIR | 0700u);
  EXPECT_EQ(status.st_uid, owner.uid);
  EXPECT_EQ(status.st_gid, owner.gid);
  ASSERT_EQ(stat(session.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, geteuid());
  EXPECT_EQ(status.st_mode, S_IFDIR | 0711u);
}

TEST_F(WorkspaceTest, CreateRefusesAWorkspaceThatExists) {
  EXPECT_TRUE(absl::IsAlreadyExists(Workspace::Create(session, owner, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(Workspace::Create(session + "/no/where", owner, {}).status()));
}

TEST_F(WorkspaceTest, OpenFindsTheFilesAndDropsUnfinishedUploads) {
  Put(files + "/a", "hello");
  const std::string unfinished = session + "/incoming/upload-0";
  Put(unfinished, "half");
  workspace = Workspace::Open(session, owner, {}).value();
  EXPECT_EQ(Read("a").value(), "hello");
  EXPECT_NE(access(unfinished.c_str(), F_OK), 0);
  EXPECT_TRUE(Write("b", "x").ok());
}

TEST_F(WorkspaceTest, OpenRefusesWhatIsNotTheSessions) {
  EXPECT_TRUE(absl::IsNotFound(Workspace::Open(outside, owner, {}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Workspace::Open(session, FileOwner{owner.uid + 1, owner.gid}, {}).status()));
}

TEST_F(WorkspaceTest, StatTellsSizeTimeAndVersion) {
  Put(files + "/a", "hello");
  const FileInfo info = workspace->Stat(Path("a")).value();
  EXPECT_EQ(info.size, 5);
  EXPECT_EQ(info.version.size, 5);
  EXPECT_EQ(absl::ToUnixNanos(info.update_time), info.version.mtime_ns);
  EXPECT_TRUE(info.sha256.empty());
  Link("a", "link");
  EXPECT_TRUE(absl::IsFailedPrecondition(workspace->Stat(Path("link")).status()));
}

TEST_F(WorkspaceTest, ReadAtTakesAnyRange) {
  Put(files + "/a", "0123456789");
  const ReadHandle file = workspace->OpenForRead(Path("a")).value();
  char buffer[4];
  EXPECT_EQ(file.ReadAt(8, buffer).value(), 2u);
  EXPECT_EQ(std::string(buffer, 2), "89");
  EXPECT_EQ(file.ReadAt(10, buffer).value(), 0u);
  EXPECT_EQ(file.ReadAt(std::numeric_limits<int64_t>::max(), buffer).value(), 0u);
  EXPECT_TRUE(absl::IsInvalidArgument(file.ReadAt(-1, buffer).status()));
}

TEST_F(WorkspaceTest, AFileThatShrinksWhileItIsReadJustEnds) {
  Put(files + "/a", std::string(100, 'x'));
  const ReadHandle file = workspace->OpenForRead(Path("a")).value();
  ASSERT_EQ(truncate((files + "/a").c_str(), 10), 0);
  char buffer[100];
  EXPECT_EQ(file.ReadAt(0, buffer).value(), 10u);
  EXPECT_EQ(file.ReadAt(50, buffer).value(), 0u);
}

TEST_F(WorkspaceTest, DeleteTakesTheNameNotWhatItPointsTo) {
  Folder("d");
  Put(files + "/d/a", "x");
  Link(secret, "link");
  ASSERT_EQ(mkfifo((files + "/fifo").c_str(), 0600), 0);
  for (absl::string_view name : {"d/a", "link", "fifo"}) {
    EXPECT_TRUE(workspace->Delete(Path(name)).ok()) << name;
    EXPECT_TRUE(absl::IsNotFound(workspace->Delete(Path(name)))) << name;
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(workspace->Delete(Path("d"))));
  EXPECT_EQ(access((files + "/d").c_str(), F_OK), 0);
  EXPECT_EQ(Get(secret), "TOP SECRET");
}

TEST_F(WorkspaceTest, ListGivesRegularFilesInTheOrderOfTheirPaths) {
  for (const char* folder : {"a", "b", "b/c", "empty"}) Folder(folder);
  for (const char* file : {"a.txt", "a/x", "a-b", "b/c/d", "b/z", "z", "\xC3\xA9"}) {
    Put(files + "/" + file, "x");
  }
  Link(outside, "link");
  Link("z", "link2");
  ASSERT_EQ(mkfifo((files + "/fifo").c_str(), 0600), 0);
  const Listing all = workspace->List({}).value();
  EXPECT_THAT(Names(all), ElementsAre("a-b", "a.txt", "a/x", "b/c/d", "b/z", "z", "\xC3\xA9"));
  EXPECT_FALSE(all.more);
  EXPECT_FALSE(all.truncated);
  EXPECT_EQ(all.skipped, 0);
  EXPECT_EQ(all.files[0].size, 1);
}

TEST_F(WorkspaceTest, PagesMakeTheWholeWhateverTheirSize) {
  for (const char* folder : {"a", "b", "b/c"}) Folder(folder);
  for (const char* file : {"a", "a/x", "a/y", "a-b", "b/c/d", "b/c/e", "b/c0", "b/z", "z"}) {
    if (std::string(file) != "a") Put(files + "/" + file, "x");
  }
  const std::vector<std::string> all = Names(workspace->List({}).value());
  ASSERT_EQ(all.size(), 8u);
  for (size_t limit = 1; limit <= 9; ++limit) {
    std::vector<std::string> pages;
    ListOptions options;
    options.limit = limit;
    Listing page;
    do {
      page = workspace->List(options).value();
      ASSERT_LE(page.files.size(), limit);
      for (const std::string& name : Names(page)) pages.push_back(name);
      options.after_path = pages.back();
    } while (page.more);
    EXPECT_EQ(pages, all) << limit;
  }
}

TEST_F(WorkspaceTest, ListOfAFolderGivesFullPaths) {
  Folder("d");
  Folder("dd");
  Put(files + "/d/a", "x");
  Put(files + "/d/b", "x");
  Put(files + "/dd/a", "x");
  ListOptions options;
  options.folder = Path("d");
  EXPECT_THAT(Names(workspace->List(options).value()), ElementsAre("d/a", "d/b"));
  options.after_path = "d/a";
  EXPECT_THAT(Names(workspace->List(options).value()), ElementsAre("d/b"));
  Link("d", "link");
  for (absl::string_view name : {"link", "d/a"}) {
    options.folder = Path(name);
    EXPECT_TRUE(absl::IsFailedPrecondition(workspace->List(options).status())) << name;
  }
  options.folder = Path("nothing");
  EXPECT_TRUE(absl::IsNotFound(workspace->List(options).status()));
}

TEST_F(WorkspaceTest, NamesThatNoPathCanHaveAreSkippedAndCounted) {
  Put(files + "/good", "x");
  Put(files + "/new\nline", "x");
  Put(files + "/\xff\xfe", "x");
  Folder("bad\x01");
  Put(files + "/bad\x01/a", "x");
  const Listing listing = workspace->List({}).value();
  EXPECT_THAT(Names(listing), ElementsAre("good"));
  EXPECT_EQ(listing.skipped, 3);
}

TEST_F(WorkspaceTest, FoldersTooDeepForAPathAreSkippedAndMeasuredAsIncomplete) {
  std::string path;
  for (int i = 0; i < 70; ++i) {
    path += i == 0 ? "d" : "/d";
    Folder(path);
    Put(files + "/" + path + "/f", "x");
    EXPECT_EQ(workspace->Measure()->complete, i < 63) << i;  // 64 directories: one too deep.
  }
  const Listing listing = workspace->List({}).value();
  EXPECT_EQ(listing.files.size(), 31u);  // The deepest one has 31 directories above it.
  EXPECT_EQ(listing.skipped, 1);
}

TEST_F(WorkspaceTest, ListLooksAtABoundedNumberOfEntries) {
  for (int i = 0; i < 50; ++i) Put(absl::StrCat(files, "/", i), "");
  ListOptions options;
  options.max_entries = 20;
  const Listing listing = workspace->List(options).value();
  EXPECT_TRUE(listing.truncated);
  EXPECT_EQ(listing.files.size(), 20u);
  options.max_entries = 50;
  EXPECT_FALSE(workspace->List(options)->truncated);
}

TEST_F(WorkspaceTest, MeasureCountsBlocksNotApparentSizes) {
  Put(files + "/sparse", "x");
  // The largest size of ext4; other file systems take 8 EiB - 1.
  if (truncate((files + "/sparse").c_str(), std::numeric_limits<int64_t>::max()) != 0) {
    ASSERT_EQ(truncate((files + "/sparse").c_str(), (int64_t{1} << 44) - 8192), 0);
  }
  EXPECT_LT(workspace->Measure()->bytes, 1 << 20);
  Folder("d");
  Put(files + "/d/full", std::string(1 << 20, 'x'));
  const WorkspaceUsage usage = workspace->Measure().value();
  EXPECT_GE(usage.bytes, 1 << 20);
  EXPECT_LT(usage.bytes, 2 << 20);
  EXPECT_EQ(usage.entries, 3);
  EXPECT_TRUE(usage.complete);
}

TEST_F(WorkspaceTest, MeasureCountsEveryKindOfEntryAndOddNames) {
  Folder("bad\n");
  Put(files + "/bad\n/full", std::string(1 << 20, 'x'));
  Link("nowhere", "link");
  ASSERT_EQ(mkfifo((files + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(workspace->Measure()->entries, 4);
  EXPECT_GE(workspace->Measure()->bytes, 1 << 20);
  EXPECT_FALSE(workspace->Measure(3)->complete);
  EXPECT_TRUE(workspace->Measure(4)->complete);
}

TEST_F(WorkspaceTest, MeasureCountsLinkedFilesOnceAndDoesNotLeave) {
  Put(files + "/a", std::string(1 << 20, 'x'));
  ASSERT_EQ(link((files + "/a").c_str(), (files + "/b").c_str()), 0);
  Link(outside, "elsewhere");
  const WorkspaceUsage usage = workspace->Measure().value();
  EXPECT_LT(usage.bytes, 2 << 20);
  EXPECT_EQ(usage.entries, 3);
}

}  // namespace
}  // namespace carrel
