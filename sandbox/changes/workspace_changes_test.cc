#include "sandbox/changes/workspace_changes.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <atomic>
#include <functional>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "sandbox/changes/open_writers.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A file that is mapped, and not open any more.
class Mapping {
 public:
  explicit Mapping(const UniqueFd& file)
      : bytes_(static_cast<char*>(
            mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0))) {}
  ~Mapping() { munmap(bytes_, 4096); }
  void Write() {
    ++bytes_[0];
    // As long as a page is dirty, the kernel does not set the time again.
    msync(bytes_, 4096, MS_SYNC);
  }

 private:
  char* const bytes_;
};

class WorkspaceChangesTest : public WorkspaceTest {
 protected:
  // A session has a mount of its own, so the links of these tests stay within it.
  std::string In(absl::string_view name) const { return absl::StrCat(files, "/", name); }
  UniqueFd Open(absl::string_view name, int flags) {
    UniqueFd fd(open(In(name).c_str(), flags | O_CLOEXEC, 0644));
    EXPECT_TRUE(fd.valid()) << name;
    if (flags & O_CREAT) {
      EXPECT_EQ(fchown(fd.get(), owner.uid, owner.gid), 0);
    }
    return fd;
  }
  UniqueFd OpenMappable(absl::string_view name) {
    UniqueFd fd = Open(name, O_CREAT | O_RDWR);
    EXPECT_EQ(ftruncate(fd.get(), 4096), 0);
    return fd;
  }
  // Ends a cell and returns its changes, which must be those of two full snapshots.
  std::vector<std::string> Cell() {
    const Snapshot now = Snapshot::Take(*workspace).value();
    std::vector<std::string> expected = Describe(Diff(before_, now));
    before_ = now;
    if (changes.IsUnchanged()) {
      EXPECT_THAT(expected, IsEmpty()) << "it claimed that nothing has changed";
    }
    std::vector<std::string> found = Describe(changes.Collect().value());
    EXPECT_EQ(found, expected);
    changes.Reconcile();
    Tick();
    return found;
  }

  EventLoop loop{EventLoop::WithoutThread{}};
  ChangeHub hub{&loop, 1};
  WorkspaceChanges changes{workspace, &hub};

 private:
  Snapshot before_;
};

TEST_F(WorkspaceChangesTest, ANewWorkspaceNeedsNoLook) {
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_EQ(changes.full_scans(), 0);
}

TEST_F(WorkspaceChangesTest, TellsCreatedModifiedAndDeleted) {
  for (const char* name : {"a", "b", "c"}) Put(In(name), "x");
  EXPECT_THAT(Cell(), ElementsAre("+a 1", "+b 1", "+c 1"));
  EXPECT_TRUE(changes.IsUnchanged());
  Put(In("b"), "longer");
  ASSERT_EQ(unlink(In("c").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*b 6", "-c 0"));
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_EQ(changes.full_scans(), 0);
}

TEST_F(WorkspaceChangesTest, ReadingChangesNothingAndIsForgotten) {
  Put(In("a"), "x");
  Cell();
  EXPECT_EQ(Get(In("a")), "x");
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_TRUE(changes.IsUnchanged());
}

TEST_F(WorkspaceChangesTest, TheHostsOwnReadingBeforeSettleIsForgotten) {
  Put(In("a"), "x");
  EXPECT_THAT(Describe(changes.Collect().value()), ElementsAre("+a 1"));
  EXPECT_EQ(Read("a").value(), "x");  // The file is read for its hash.
  EXPECT_FALSE(changes.IsUnchanged());
  changes.Reconcile();
  EXPECT_TRUE(changes.IsUnchanged());
}

TEST_F(WorkspaceChangesTest, TheSilentWritesOfAMappingAreSeen) {
  UniqueFd file = OpenMappable("a");
  {
    Mapping mapping(file);
    file.reset();
    EXPECT_THAT(Cell(), ElementsAre("+a 4096"));
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(changes.IsUnchanged());
      mapping.Write();
      EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
    }
    EXPECT_THAT(Cell(), IsEmpty());
    mapping.Write();
  }
  EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_EQ(changes.full_scans(), 0);
}

// The kernel merges equal events that follow each other: two processes open it, one event is
// reported.
TEST_F(WorkspaceChangesTest, MergedEventsDoNotHideTheSecondWriter) {
  OpenMappable("a");
  Cell();
  UniqueFd first = Open("a", O_RDWR), second = Open("a", O_RDWR);
  Mapping mapping(second);
  second.reset();
  first.reset();
  Cell();
  Cell();
  mapping.Write();
  EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
}

TEST_F(WorkspaceChangesTest, ADescriptorThatAChildHoldsIsAWriter) {
  Put(In("a"), "x");
  Cell();
  UniqueFd file = Open("a", O_WRONLY | O_APPEND);
  int go[2];
  ASSERT_EQ(pipe2(go, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    const bool told = read(go[0], &byte, 1) == 1;
    _exit(told && write(file.get(), "yz", 2) == 2 ? 0 : 1);
  }
  file.reset();
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_FALSE(changes.IsUnchanged());
  ASSERT_EQ(write(go[1], "x", 1), 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 3"));
  EXPECT_TRUE(changes.IsUnchanged());
  close(go[0]);
  close(go[1]);
}

TEST_F(WorkspaceChangesTest, AFileThatIsWrittenByAnotherNameIsModified) {
  Folder("d");
  Put(In("a"), "x");
  Cell();
  ASSERT_EQ(link(In("a").c_str(), In("d/b").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 1", "+d/b 1"));
  Put(In("d/b"), "yz");
  EXPECT_THAT(Cell(), ElementsAre("*a 2", "*d/b 2"));
  ASSERT_EQ(unlink(In("d/b").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 2", "-d/b 0"));
}

TEST_F(WorkspaceChangesTest, ALinkInAPrivateFolderIsAName) {
  Folder(".cache");
  Put(In("a"), "x");
  Cell();
  ASSERT_EQ(link(In("a").c_str(), In(".cache/b").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 1"));
  Put(In(".cache/b"), "yz");
  EXPECT_THAT(Cell(), ElementsAre("*a 2"));
}

TEST_F(WorkspaceChangesTest, ALinkThatWasThereForAMomentMayHaveBeenWrittenTo) {
  Put(In("a"), "x");
  Put(In("b"), "x");
  Folder("d");
  Cell();
  const auto write_by = [this](absl::string_view name) {
    ASSERT_EQ(link(In("a").c_str(), In(name).c_str()), 0);
    Put(In(name), Get(In("a")) + "y");
  };
  write_by("l");
  ASSERT_EQ(unlink(In("l").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 2"));
  write_by("d/l");
  ASSERT_EQ(rename(In("d/l").c_str(), In("m").c_str()), 0);
  ASSERT_EQ(unlink(In("m").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 3"));
  write_by("l");
  ASSERT_EQ(rename(In("b").c_str(), In("l").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 4", "-b 0", "+l 1"));
  Folder("new");
  write_by("new/l");
  ASSERT_EQ(unlink(In("new/l").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 5"));
}

TEST_F(WorkspaceChangesTest, AFileThatIsReplacedInOneStepNeedsNoLookAtAll) {
  Put(In("a"), "x");
  Cell();
  Put(In("a.tmp"), "yz");
  ASSERT_EQ(rename(In("a.tmp").c_str(), In("a").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 2"));
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_EQ(changes.full_scans(), 0);
}

TEST_F(WorkspaceChangesTest, WhatComesOutOfAPrivateFolderMayBeOpen) {
  Folder("__pycache__");
  UniqueFd file = OpenMappable("__pycache__/a");
  Mapping mapping(file);
  file.reset();
  EXPECT_THAT(Cell(), IsEmpty());
  ASSERT_EQ(rename(In("__pycache__/a").c_str(), In("a").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("+a 4096"));
  mapping.Write();
  EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
}

TEST_F(WorkspaceChangesTest, WhatComesFromOutsideMayBeOpen) {
  UniqueFd file = OpenMappable("../outside");
  Mapping mapping(file);
  file.reset();
  ASSERT_EQ(rename(In("../outside").c_str(), In("a").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("+a 4096"));
  mapping.Write();
  EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
}

TEST_F(WorkspaceChangesTest, AFileThatHadNoNameAtFirst) {
  UniqueFd file = Open(".", O_TMPFILE | O_RDWR);
  ASSERT_EQ(fchown(file.get(), owner.uid, owner.gid), 0);
  EXPECT_THAT(Cell(), IsEmpty());
  ASSERT_EQ(linkat(AT_FDCWD, absl::StrCat("/proc/self/fd/", file.get()).c_str(), AT_FDCWD,
                   In("a").c_str(), AT_SYMLINK_FOLLOW),
            0);
  EXPECT_THAT(Cell(), ElementsAre("+a 0"));
  ASSERT_EQ(write(file.get(), "xy", 2), 2);
  EXPECT_THAT(Cell(), ElementsAre("*a 2"));
  UniqueFd reader = Open("a", O_RDONLY);
  UniqueFd nameless(open(absl::StrCat("/proc/self/fd/", file.get()).c_str(), O_RDONLY | O_CLOEXEC));
  file.reset();
  Cell();
  ASSERT_EQ(fchmod(nameless.get(), 0600), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 2"));
  UniqueFd again(open(absl::StrCat("/proc/self/fd/", nameless.get()).c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(ftruncate(again.get(), 4096), 0);
  again.reset();
  EXPECT_THAT(Cell(), ElementsAre("*a 4096"));
}

TEST_F(WorkspaceChangesTest, ADeletedNameThatIsStillOpenLeadsToTheOther) {
  Put(In("a"), "x");
  Cell();
  UniqueFd file = Open("a", O_RDONLY);
  ASSERT_EQ(link(In("a").c_str(), In("b").c_str()), 0);
  ASSERT_EQ(unlink(In("a").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-a 0", "+b 1"));
  ASSERT_EQ(fchmod(file.get(), 0600), 0);
  EXPECT_THAT(Cell(), ElementsAre("*b 1"));
  UniqueFd again(open(absl::StrCat("/proc/self/fd/", file.get()).c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(write(again.get(), "yz", 2), 2);
  EXPECT_THAT(Cell(), ElementsAre("*b 2"));
  // Another file takes the name: the events of both have it.
  Put(In("a"), "new");
  EXPECT_THAT(Cell(), ElementsAre("+a 3"));
  ASSERT_EQ(write(again.get(), "yz", 2), 2);
  EXPECT_THAT(Cell(), ElementsAre("*b 4"));
}

TEST_F(WorkspaceChangesTest, ADeletedFileThatIsOpenIsNoFile) {
  UniqueFd file = Open("a", O_CREAT | O_RDWR);
  Cell();
  ASSERT_EQ(unlink(In("a").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-a 0"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(write(file.get(), "x", 1), 1);
    EXPECT_THAT(Cell(), IsEmpty());
  }
  file.reset();
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_TRUE(changes.IsUnchanged());
}

TEST_F(WorkspaceChangesTest, RenamesAndSwaps) {
  Put(In("a"), "x");
  Put(In("b"), "yz");
  Put(In("c"), "abc");
  Cell();
  ASSERT_EQ(rename(In("a").c_str(), In("b").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-a 0", "*b 1"));
  ASSERT_EQ(renameat2(AT_FDCWD, In("b").c_str(), AT_FDCWD, In("c").c_str(), RENAME_EXCHANGE), 0);
  EXPECT_THAT(Cell(), ElementsAre("*b 3", "*c 1"));
  Link("c", "link");
  EXPECT_THAT(Cell(), IsEmpty());
  ASSERT_EQ(renameat2(AT_FDCWD, In("b").c_str(), AT_FDCWD, In("link").c_str(), RENAME_EXCHANGE), 0);
  EXPECT_THAT(Cell(), ElementsAre("-b 0", "+link 3"));
  ASSERT_EQ(unlink(In("link").c_str()), 0);
  ASSERT_EQ(mkfifo(In("link").c_str(), 0600), 0);
  EXPECT_THAT(Cell(), ElementsAre("-link 0"));
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_EQ(changes.full_scans(), 0);
}

TEST_F(WorkspaceChangesTest, AttributesAndSizes) {
  Put(In("a"), "x");
  Cell();
  ASSERT_EQ(chmod(In("a").c_str(), 0600), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 1"));
  ASSERT_EQ(truncate(In("a").c_str(), 5), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 5"));
  const struct timespec times[2] = {{1, 1}, {1, 1}};
  ASSERT_EQ(utimensat(AT_FDCWD, In("a").c_str(), times, 0), 0);
  EXPECT_THAT(Cell(), ElementsAre("*a 5"));
  ASSERT_EQ(fallocate(Open("a", O_WRONLY).get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 3),
            0);
  EXPECT_THAT(Cell(), ElementsAre("*a 5"));
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_EQ(changes.full_scans(), 0);
}

TEST_F(WorkspaceChangesTest, NewFoldersAreWatchedWithWhatTheyHold) {
  Folder("d");
  Folder("d/e");
  Put(In("d/e/a"), "x");
  UniqueFd file = OpenMappable("d/m");
  Mapping mapping(file);
  file.reset();
  EXPECT_THAT(Cell(), ElementsAre("+d/e/a 1", "+d/m 4096"));
  mapping.Write();
  Put(In("d/e/b"), "x");
  EXPECT_THAT(Cell(), ElementsAre("+d/e/b 1", "*d/m 4096"));
  Folder("gone");
  ASSERT_EQ(rmdir(In("gone").c_str()), 0);
  EXPECT_THAT(Cell(), IsEmpty());
  ASSERT_EQ(std::system(("rm -r " + In("d/e")).c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-d/e/a 0", "-d/e/b 0"));
  Put(In("d/e"), "a file");
  EXPECT_THAT(Cell(), ElementsAre("+d/e 6"));
  ASSERT_EQ(unlink(In("d/e").c_str()), 0);
  Folder("d/e");
  Put(In("d/e/c"), "x");
  EXPECT_THAT(Cell(), ElementsAre("-d/e 0", "+d/e/c 1"));
  EXPECT_FALSE(changes.retired());
}

TEST_F(WorkspaceChangesTest, RenamedFolders) {
  Folder("d");
  Folder("d/e");
  Put(In("d/e/a"), "x");
  UniqueFd file = OpenMappable("d/m");
  Mapping mapping(file);
  file.reset();
  Cell();
  ASSERT_EQ(rename(In("d").c_str(), In("f").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-d/e/a 0", "-d/m 0", "+f/e/a 1", "+f/m 4096"));
  Put(In("f/e/a"), "yz");
  mapping.Write();
  EXPECT_THAT(Cell(), ElementsAre("*f/e/a 2", "*f/m 4096"));
  ASSERT_EQ(rename(In("f/e").c_str(), In(".cache").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-f/e/a 0"));
  ASSERT_EQ(rename(In("f").c_str(), In("../f").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("-f/m 0"));
  Put(In("../f/x"), "x");
  EXPECT_TRUE(changes.IsUnchanged());
  EXPECT_FALSE(changes.retired());
}

TEST_F(WorkspaceChangesTest, WhatTheHostDoesIsNoChange) {
  changes.Record(Write("new/folder/a", "x").value());
  EXPECT_THAT(Describe(changes.Collect().value()), IsEmpty());
  changes.Reconcile();
  EXPECT_TRUE(changes.IsUnchanged());
  const int samplers = changes.full_scans();
  Put(In("new/folder/a"), "yz");
  EXPECT_THAT(Describe(changes.Collect().value()), ElementsAre("*new/folder/a 2"));
  changes.Record(Write("new/folder/a", "abc").value());
  EXPECT_THAT(Describe(changes.Collect().value()), IsEmpty());
  ASSERT_TRUE(workspace->Delete(Path("new/folder/a")).ok());
  changes.Forget(Path("new/folder/a"));
  EXPECT_THAT(Describe(changes.Collect().value()), IsEmpty());
  EXPECT_EQ(changes.full_scans(), samplers);
}

TEST_F(WorkspaceChangesTest, OddNamesAreNotListedButWatched) {
  Folder("bad\xff");
  Put(In("bad\xff/a"), "x");
  Put(In("new\nline"), "x");
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_TRUE(changes.IsUnchanged());
  ASSERT_EQ(rename(In("bad\xff/a").c_str(), In("good").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("+good 1"));
  ASSERT_EQ(link(In("good").c_str(), In("bad\xff/b").c_str()), 0);
  EXPECT_THAT(Cell(), ElementsAre("*good 1"));
  Put(In("bad\xff/b"), "yz");
  EXPECT_THAT(Cell(), ElementsAre("*good 2"));
}

TEST_F(WorkspaceChangesTest, ATreeTooDeepIsLookedAtAsAWhole) {
  std::string path = "d";
  for (size_t i = 0; i < WorkspacePath::kMaxDepth; ++i, path += "/d") Folder(path);
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_TRUE(changes.retired());
  Put(In("d/a"), "x");
  EXPECT_THAT(Cell(), ElementsAre("+d/a 1"));
  EXPECT_FALSE(changes.IsUnchanged());
}

TEST_F(WorkspaceChangesTest, TooManyFoldersAreLookedAtAsAWhole) {
  for (size_t i = 0; i <= ChangeQueue::kMaxWatches; ++i) Folder(absl::StrCat("d", i));
  EXPECT_THAT(Cell(), IsEmpty());
  EXPECT_TRUE(changes.retired());
  Put(In("d7/a"), "x");
  EXPECT_THAT(Cell(), ElementsAre("+d7/a 1"));
}

TEST_F(WorkspaceChangesTest, TooManyFilesAreTruncatedAsEver) {
  WorkspaceChanges few(workspace, &hub, {.max_entries = 10});
  for (int i = 0; i < 8; ++i) Put(In(absl::StrCat("f", i)), "x");
  EXPECT_EQ(few.Collect()->list.size(), 8u);
  few.Reconcile();
  for (int i = 0; i < 8; ++i) Put(In(absl::StrCat("g", i)), "x");
  few.Collect().IgnoreError();
  EXPECT_TRUE(few.retired());
  EXPECT_TRUE(few.Collect()->truncated);
}

TEST_F(WorkspaceChangesTest, ManyFilesOpenForWritingAreLookedAtAsAWhole) {
  struct rlimit limit, more;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  more = limit;
  more.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &more), 0);
  std::vector<UniqueFd> open;
  for (int i = 0; i < 1100; ++i) open.push_back(Open(absl::StrCat(i), O_CREAT | O_WRONLY));
  EXPECT_EQ(Cell().size(), 1100u);
  EXPECT_TRUE(changes.retired());
  ASSERT_EQ(write(open[7].get(), "x", 1), 1);
  EXPECT_THAT(Cell(), ElementsAre("*7 1"));
  open.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_F(WorkspaceChangesTest, WithoutAHubAllIsLookedAt) {
  WorkspaceChanges plain(workspace, nullptr);
  EXPECT_FALSE(plain.IsUnchanged());
  Put(In("a"), "x");
  EXPECT_THAT(Describe(plain.Collect().value()), ElementsAre("+a 1"));
  plain.Reconcile();
  EXPECT_FALSE(plain.IsUnchanged());
  EXPECT_EQ(plain.full_scans(), 1);
}

TEST_F(WorkspaceChangesTest, WithoutInotifyAllIsLookedAt) {
  struct rlimit limit, none;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  none = limit;
  none.rlim_cur = 0;  // No new descriptor is available.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  ChangeHub broken(&loop, 2);
  WorkspaceChanges plain(workspace, &broken);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(broken.works());
  EXPECT_TRUE(plain.retired());
  Put(In("a"), "x");
  EXPECT_THAT(Describe(plain.Collect().value()), ElementsAre("+a 1"));
}

TEST_F(WorkspaceChangesTest, AfterAnOverflowItStartsAnewAndSoDoesItsNeighbour) {
  const std::string other_session = session + "-other";
  auto other_workspace = Workspace::Create(other_session, owner, {}).value();
  WorkspaceChanges other(other_workspace, &hub);
  Put(In("a"), "x");
  Put(In("b"), "x");
  Cell();
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(truncate(In("a").c_str(), i % 7), 0);
    ASSERT_EQ(truncate(In("b").c_str(), i % 5), 0);
  }
  Put(other_session + "/files/c", "x");
  EXPECT_FALSE(other.IsUnchanged());
  EXPECT_THAT(Describe(other.Collect().value()), ElementsAre("+c 1"));
  EXPECT_EQ(other.full_scans(), 1);
  other.Reconcile();
  EXPECT_TRUE(other.IsUnchanged());
  EXPECT_THAT(Cell(), ElementsAre("*a 0", "*b 4"));
  EXPECT_TRUE(changes.IsUnchanged());
  Put(other_session + "/files/d", "x");
  EXPECT_THAT(Describe(other.Collect().value()), ElementsAre("+d 1"));
  EXPECT_EQ(other.full_scans(), 1);
}

TEST_F(WorkspaceChangesTest, AFloodAgainAndAgainFallsBackToFullScans) {
  Put(In("a"), "x");
  Put(In("b"), "x");
  Cell();
  int floods = 0;
  for (; !changes.retired() && floods < 100; ++floods) {
    for (int i = 0; i < 5000; ++i) {
      ASSERT_EQ(truncate(In("a").c_str(), 1 + i % 7), 0);
      ASSERT_EQ(truncate(In("b").c_str(), 1 + i % 5), 0);
    }
    EXPECT_EQ(Cell().size(), 2u);
  }
  EXPECT_EQ(floods, 8);
  Put(In("a"), "more");
  EXPECT_THAT(Cell(), ElementsAre("*a 4"));
}

TEST_F(WorkspaceChangesTest, AllIsLookedAtNowAndThenIfThereIsNews) {
  WorkspaceChanges impatient(workspace, &hub, {.longest_trust = std::chrono::seconds(0)});
  usleep(1000);
  EXPECT_TRUE(impatient.IsUnchanged());
  Put(In("a"), "x");
  EXPECT_THAT(Describe(impatient.Collect().value()), ElementsAre("+a 1"));
  EXPECT_EQ(impatient.full_scans(), 1);
  impatient.Reconcile();
  EXPECT_TRUE(impatient.IsUnchanged());
}

TEST_F(WorkspaceChangesTest, StillMeansThatNothingCanHaveGrown) {
  uint64_t first = 0, stamp = 0;
  EXPECT_TRUE(changes.IsStill(&first));
  UniqueFd file = Open("a", O_CREAT | O_RDWR);
  EXPECT_FALSE(changes.IsStill(&stamp));
  changes.Reconcile();
  EXPECT_FALSE(changes.IsStill(&stamp)) << "it is open for writing";
  file.reset();
  changes.Reconcile();
  EXPECT_TRUE(changes.IsStill(&stamp)) << "though nobody has collected it";
  EXPECT_NE(stamp, first);
  EXPECT_FALSE(changes.IsUnchanged());
  EXPECT_EQ(Get(In("a")), "");
  EXPECT_FALSE(changes.IsStill(&first));
  changes.Reconcile();
  EXPECT_TRUE(changes.IsStill(&first));
  EXPECT_EQ(first, stamp) << "reading makes nothing grow";
  EXPECT_THAT(Cell(), ElementsAre("+a 0"));
}

TEST_F(WorkspaceChangesTest, WhenStoppedItWatchesNothing) {
  Folder("d");
  Cell();
  changes.Stop();
  std::ifstream info(absl::StrCat("/proc/self/fdinfo/", hub.queues()[0]->fd()));
  const std::string text(std::istreambuf_iterator<char>(info), {});
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("inotify wd:")));
}

// A guest that performs random actions.
class RandomGuest {
 public:
  RandomGuest(std::string root, FileOwner owner, unsigned seed)
      : root_(std::move(root)), owner_(owner), random_(seed) {}

  // Most actions fail, and then nothing has happened.
  void Act() {
    const std::string one = Pick(), other = Pick();
    const std::function<int()> acts[] = {
        [&] { return mkdir(one.c_str(), 0755); },
        [&] { return rmdir(one.c_str()); },
        [&] { return unlink(one.c_str()); },
        [&] { return rename(one.c_str(), other.c_str()); },
        [&] { return link(one.c_str(), other.c_str()); },
        [&] { return symlink("a", one.c_str()); },
        // The file never gets shorter than a mapping, which would raise SIGBUS.
        [&] { return truncate(one.c_str(), static_cast<off_t>(4096 + random_() % 3)); },
        [&] { return chmod(one.c_str(), 0700); },
        [&] { return renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE); },
        [&] { return open_.empty() ? 0 : WriteTo(open_[Index(open_.size())]); },
        [&] { return Open(one); },
        [&] { return Open(one); },
    };
    static_cast<void>(acts[Index(std::size(acts))]());
    if (!open_.empty() && random_() % 4 == 0) open_.pop_back();
    if (!mapped_.empty() && random_() % 4 == 0) mapped_[Index(mapped_.size())]->Write();
    if (!mapped_.empty() && random_() % 8 == 0) mapped_.pop_back();
  }

 private:
  size_t Index(size_t size) { return random_() % size; }
  static int WriteTo(const UniqueFd& file) { return static_cast<int>(write(file.get(), "x", 1)); }
  std::string Pick() {
    static constexpr const char* kNames[] = {"a",       "b",        "c",   "d/a",  "d/b", "d/e/a",
                                             ".cache",  ".cache/a", "d",   "d/e",  "f/a", "f",
                                             "bad\xff", "#1",       "e/a", "f/#2", "e"};
    return absl::StrCat(root_, "/", kNames[random_() % std::size(kNames)]);
  }
  int Open(const std::string& path) {
    UniqueFd file(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644));
    struct stat status;
    if (!file || fstat(file.get(), &status) != 0) return -1;
    if (status.st_uid != owner_.uid && fchown(file.get(), owner_.uid, owner_.gid) != 0) return -1;
    if (WriteTo(file) != 1) return -1;
    if (random_() % 3 == 0 && ftruncate(file.get(), 4096) == 0)
      mapped_.push_back(std::make_unique<Mapping>(file));
    if (random_() % 2 == 0) open_.push_back(std::move(file));
    return 0;
  }

  const std::string root_;
  const FileOwner owner_;
  std::minstd_rand random_;
  std::vector<UniqueFd> open_;
  std::vector<std::unique_ptr<Mapping>> mapped_;
};

class RandomTest : public WorkspaceChangesTest, public testing::WithParamInterface<unsigned> {};

TEST_P(RandomTest, FindsWhatWholeSnapshotsShow) {
  RandomGuest guest(files, owner, GetParam());
  std::minstd_rand random(GetParam());
  for (int cell = 0; cell < 60 && !HasFailure(); ++cell) {
    for (unsigned i = random() % 8; i > 0; --i) guest.Act();
    Cell();
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomTest, testing::Range(1u, 41u));

// A guest does not stop while the host scans. In the end nothing may have been missed.
TEST_F(WorkspaceChangesTest, WritersThatDoNotWaitAreSeenInTheEnd) {
  std::set<std::string> known;
  const auto collect = [&] {
    const Changes found = changes.Collect().value();
    for (const Change& change : found.list) {
      const std::string path = change.path.str();
      EXPECT_EQ(known.contains(path), change.kind != Change::Kind::kCreated) << path;
      if (change.kind == Change::Kind::kDeleted) {
        known.erase(path);
      } else {
        known.insert(path);
      }
    }
    changes.Reconcile();
  };
  std::atomic<bool> done{false};
  std::thread guest([&] {
    RandomGuest writer(files, owner, 7);
    for (int i = 0; i < 3000; ++i) writer.Act();
    done = true;
  });
  std::thread loop([&] {
    while (!done) changes.IsUnchanged();
  });
  while (!done) collect();
  guest.join();
  loop.join();
  collect();
  std::set<std::string> there;
  const Listing listing = workspace->List({.limit = 1000}).value();
  for (const FileInfo& file : listing.files) {
    if (IsListed(file.path.str())) there.insert(file.path.str());
  }
  EXPECT_EQ(known, there);
  collect();
  EXPECT_TRUE(changes.retired() || changes.IsUnchanged());
}

}  // namespace
}  // namespace carrel
