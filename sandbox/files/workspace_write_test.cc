#include "sandbox/files/workspace_write.h"

#include <atomic>
#include <thread>

#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

constexpr int64_t kQuota = 1 << 20;

class WorkspaceWriteTest : public WorkspaceTest {
 protected:
  WorkspaceWriteTest() : WorkspaceTest(WorkspaceLimits{kQuota, 20}) {}
  struct stat StatOf(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(lstat((files + "/" + path).c_str(), &status), 0) << path;
    return status;
  }
  bool IncomingIsEmpty() { return rmdir((session + "/incoming").c_str()) == 0; }
};

TEST_F(WorkspaceWriteTest, AnUploadBecomesAFileOfTheSession) {
  const FileInfo info = Write("a/b/c.txt", "hello").value();
  EXPECT_EQ(info.path.str(), "a/b/c.txt");
  EXPECT_EQ(info.size, 5);
  EXPECT_EQ(info.sha256, Sha256Hex("hello"));
  EXPECT_EQ(info.version, workspace->Stat(Path("a/b/c.txt"))->version);
  EXPECT_EQ(Get(files + "/a/b/c.txt"), "hello");
  EXPECT_EQ(StatOf("a/b/c.txt").st_mode, S_IFREG | 0644u);
  for (const char* path : {"a", "a/b", "a/b/c.txt"}) {
    EXPECT_EQ(StatOf(path).st_uid, owner.uid) << path;
    EXPECT_EQ(StatOf(path).st_gid, owner.gid) << path;
  }
  EXPECT_EQ(StatOf("a/b").st_mode, S_IFDIR | 0755u);
  EXPECT_TRUE(IncomingIsEmpty());
}

TEST_F(WorkspaceWriteTest, AnEmptyUploadIsAnEmptyFile) {
  EXPECT_EQ(Write("empty", "", WriteOptions{0, ""})->sha256, Sha256Hex(""));
  EXPECT_EQ(StatOf("empty").st_size, 0);
}

TEST_F(WorkspaceWriteTest, APartialUploadIsNeverVisible) {
  Put(files + "/a", "old");
  auto handle = workspace->BeginWrite(Path("a")).value();
  auto other = workspace->BeginWrite(Path("new/b")).value();
  ASSERT_TRUE(handle->Append("new").ok());
  ASSERT_TRUE(other->Append("new").ok());
  EXPECT_EQ(Get(files + "/a"), "old");
  EXPECT_EQ(Names(workspace->List({}).value()), std::vector<std::string>{"a"});
  EXPECT_NE(access((files + "/new").c_str(), F_OK), 0);
  handle.reset();
  other.reset();
  EXPECT_EQ(Get(files + "/a"), "old");
  EXPECT_TRUE(IncomingIsEmpty());
}

TEST_F(WorkspaceWriteTest, UploadsUnderWayAreOutOfTheSessionsReach) {
  struct stat status;
  ASSERT_EQ(lstat((session + "/incoming").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, geteuid());
  EXPECT_EQ(status.st_mode, S_IFDIR | 0700u);
}

TEST_F(WorkspaceWriteTest, AFileIsReplacedInOneStep) {
  Put(files + "/a", "old");
  const ReadHandle reader = workspace->OpenForRead(Path("a")).value();
  ASSERT_TRUE(Write("a", "longer than before").ok());
  EXPECT_EQ(Get(files + "/a"), "longer than before");
  char buffer[16];
  EXPECT_EQ(reader.ReadAt(0, buffer).value(), 3u);  // A reader keeps the old file.
}

TEST_F(WorkspaceWriteTest, WritingThroughADanglingSymlinkIsRefused) {
  Link(outside + "/new", "dangling");
  EXPECT_EQ(WriteCode("dangling"), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(access((outside + "/new").c_str(), F_OK), 0);
}

TEST_F(WorkspaceWriteTest, WritingOntoASymlinkIsRefused) {
  Link(secret, "link");
  EXPECT_EQ(WriteCode("link"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get(secret), "TOP SECRET");
  EXPECT_TRUE(S_ISLNK(StatOf("link").st_mode));
}

TEST_F(WorkspaceWriteTest, WhatAppearsInTheWayDuringAnUploadIsNotReplaced) {
  auto onto_link = workspace->BeginWrite(Path("link")).value();
  auto onto_folder = workspace->BeginWrite(Path("folder")).value();
  auto below_file = workspace->BeginWrite(Path("file/a")).value();
  Link(secret, "link");
  Folder("folder");
  Put(files + "/file", "x");
  for (WriteHandle* handle : {onto_link.get(), onto_folder.get(), below_file.get()}) {
    ASSERT_TRUE(handle->Append("x").ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(handle->Commit().status()));
  }
  EXPECT_TRUE(S_ISLNK(StatOf("link").st_mode));
  EXPECT_TRUE(S_ISDIR(StatOf("folder").st_mode));
  EXPECT_EQ(Get(secret), "TOP SECRET");
}

TEST_F(WorkspaceWriteTest, AFileInTheWayOfAFolderIsRefusedBeforeTheUpload) {
  Put(files + "/a", "x");
  EXPECT_TRUE(absl::IsFailedPrecondition(workspace->BeginWrite(Path("a/b/c")).status()));
}

TEST_F(WorkspaceWriteTest, PromisesAreHeld) {
  EXPECT_TRUE(absl::IsAborted(Write("a", "four", WriteOptions{5, ""}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Write("a", "four", WriteOptions{3, ""}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Write("a", "", WriteOptions{-1, ""}).status()));
  EXPECT_TRUE(absl::IsAborted(Write("a", "four", WriteOptions{4, Sha256Hex("five")}).status()));
  EXPECT_NE(access((files + "/a").c_str(), F_OK), 0);
  EXPECT_TRUE(Write("a", "four", WriteOptions{4, Sha256Hex("four")}).ok());
}

TEST_F(WorkspaceWriteTest, AfterAnErrorNothingCanBeCommitted) {
  auto handle = workspace->BeginWrite(Path("a"), WriteOptions{3, ""}).value();
  EXPECT_FALSE(handle->Append("four").ok());
  EXPECT_FALSE(handle->Append("abc").ok());
  EXPECT_FALSE(handle->Commit().ok());
  EXPECT_NE(access((files + "/a").c_str(), F_OK), 0);
}

TEST_F(WorkspaceWriteTest, CommitWorksOnce) {
  auto handle = workspace->BeginWrite(Path("a")).value();
  EXPECT_TRUE(handle->Commit().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(handle->Commit().status()));
  EXPECT_FALSE(handle->Append("x").ok());
}

TEST_F(WorkspaceWriteTest, MoreThanTheQuotaIsRefused) {
  EXPECT_TRUE(absl::IsResourceExhausted(
      workspace->BeginWrite(Path("a"), WriteOptions{kQuota + 1, ""}).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(Write("a", std::string(kQuota + 1, 'x')).status()));
  EXPECT_NE(access((files + "/a").c_str(), F_OK), 0);
}

TEST_F(WorkspaceWriteTest, WhatTheSessionWroteCounts) {
  Put(files + "/mine", std::string(kQuota / 2, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(Write("a", std::string(kQuota / 2, 'x')).status()));
  unlink((files + "/mine").c_str());
  EXPECT_TRUE(Write("a", std::string(kQuota / 2, 'x')).ok());
}

TEST_F(WorkspaceWriteTest, AnUploadThatIsDiscardedCountsNoMore) {
  for (int i = 0; i < 3; ++i) {
    auto handle = workspace->BeginWrite(Path("a"), WriteOptions{kQuota / 2, ""});
    ASSERT_TRUE(handle.ok()) << handle.status();
    ASSERT_TRUE((*handle)->Append(std::string(kQuota / 2, 'x')).ok());
    EXPECT_TRUE(absl::IsResourceExhausted(
        workspace->BeginWrite(Path("b"), WriteOptions{kQuota / 2, ""}).status()));
  }
}

TEST_F(WorkspaceWriteTest, WhatIsAnnouncedAndDoesNotComeIsLeftToOthers) {
  auto silent = workspace->BeginWrite(Path("silent"), WriteOptions{kQuota / 2, ""}).value();
  ASSERT_TRUE(silent->Append("x").ok());
  EXPECT_TRUE(Write("other", std::string(kQuota * 3 / 4, 'x')).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(silent->Append(std::string(kQuota / 2 - 1, 'x'))));
}

TEST_F(WorkspaceWriteTest, AnUploadCommittedDuringAnotherCounts) {
  auto late = workspace->BeginWrite(Path("late")).value();
  ASSERT_TRUE(Write("a", std::string(kQuota * 3 / 4, 'x')).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(late->Append(std::string(kQuota / 2, 'x'))));
}

TEST_F(WorkspaceWriteTest, TooManyFilesAreRefused) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Write(absl::StrCat("f", i), "").ok()) << i;
  EXPECT_TRUE(absl::IsResourceExhausted(Write("one-more", "").status()));
  ASSERT_TRUE(workspace->Delete(Path("f0")).ok());
  ASSERT_TRUE(workspace->Delete(Path("f1")).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Write("a/b/c", "").status()));
  EXPECT_TRUE(Write("a/b", "").ok());
}

TEST_F(WorkspaceWriteTest, AWorkspaceThatCannotBeMeasuredTakesNoUploads) {
  for (int i = 0; i < 40; ++i) Put(absl::StrCat(files, "/f", i), "");
  EXPECT_TRUE(absl::IsResourceExhausted(Write("a", "").status()));
}

TEST_F(WorkspaceWriteTest, ConcurrentUploadsTogetherStayWithinTheQuota) {
  constexpr int kThreads = 8;
  constexpr int64_t kPiece = 16 << 10;
  std::atomic<int> committed{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      auto handle = workspace->BeginWrite(Path(absl::StrCat("d/f", t)));
      if (!handle.ok()) return;
      for (int64_t size = 0; size < kQuota / 4; size += kPiece) {
        if (!(*handle)->Append(std::string(kPiece, 'x')).ok()) return;
      }
      if ((*handle)->Commit().ok()) ++committed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(workspace->Measure()->bytes, kQuota);
  EXPECT_LT(committed, 4);  // Directories take blocks too, so four quarters are too much.
  EXPECT_EQ(workspace->List({})->files.size(), static_cast<size_t>(committed));
}

TEST_F(WorkspaceWriteTest, AHandleOutlivesADestroyedWorkspaceHarmlessly) {
  auto handle = workspace->BeginWrite(Path("d/a")).value();
  ASSERT_TRUE(Workspace::Destroy(session).ok());
  workspace.reset();
  EXPECT_TRUE(handle->Append("x").ok());
  EXPECT_FALSE(handle->Commit().ok());
  EXPECT_NE(access(session.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace carrel
