// Attacks by the guest on the names that the host resolves.
//
// These tests run as root and exist to fail when a check is missing. So no name in
// them leads to anything of the machine's: every target that is written, moved or
// deleted lies in the test's own directory. (A version of this file that gave
// "/etc" to MoveAt cost a machine its /etc when the check was taken out.)
#include "sandbox/files/beneath.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "gmock/gmock.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

class BeneathTest : public WorkspaceTest {
 protected:
  absl::StatusCode FolderCode(absl::string_view path) {
    return OpenFolderBeneath(files_fd(), Path(path)).status().code();
  }
};

TEST_F(BeneathTest, RegularFilesCanBeRead) {
  Folder("d");
  Put(files + "/d/a", "hello");
  EXPECT_EQ(Read("d/a").value(), "hello");
}

TEST_F(BeneathTest, SymlinksAreNotFollowedForReading) {
  Folder("d");
  Put(files + "/d/a", "hello");
  Link(secret, "absolute");
  Link("../../outside/secret", "relative");
  Link("d/a", "inside");
  Link("nowhere", "dangling");
  Link("/proc/self/root" + secret, "magic");
  Link("loop", "loop");
  for (absl::string_view name : {"absolute", "relative", "inside", "dangling", "magic", "loop"}) {
    EXPECT_EQ(ReadCode(name), kRefused) << name;
    EXPECT_EQ(FolderCode(name), kRefused) << name;
  }
}

TEST_F(BeneathTest, SymlinksOnTheWayAreNotFollowed) {
  Folder("d");
  Put(files + "/d/secret", "hello");
  Link(outside, "absolute");
  Link("../../outside", "relative");
  Link("d", "inside");
  Link("/proc/self/root" + outside, "magic");
  for (const char* name : {"absolute", "relative", "inside", "magic"}) {
    EXPECT_EQ(ReadCode(std::string(name) + "/secret"), kRefused) << name;
    EXPECT_EQ(WriteCode(std::string(name) + "/new"), kRefused) << name;
    EXPECT_EQ(workspace->Delete(Path(std::string(name) + "/secret")).code(), kRefused) << name;
  }
  EXPECT_EQ(Get(secret), "TOP SECRET");
  EXPECT_EQ(Get(files + "/d/secret"), "hello");
  EXPECT_NE(access((outside + "/new").c_str(), F_OK), 0);
}

TEST_F(BeneathTest, FifosAndDevicesAreRefusedWithoutBeingOpened) {
  const std::string fifo = files + "/fifo", device = files + "/device";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0666), 0);
  OpenWitness fifo_witness(fifo);
  EXPECT_EQ(ReadCode("fifo"), kRefused);
  EXPECT_EQ(WriteCode("fifo"), kRefused);
  EXPECT_EQ(WriteCode("fifo/x"), kRefused);
  EXPECT_EQ(FolderCode("fifo"), kRefused);
  EXPECT_FALSE(fifo_witness.Opened());
  // The control: the witness does notice an opening.
  UniqueFd opened(open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(fifo_witness.Opened());

  if (mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0) GTEST_SKIP() << "no mknod";
  OpenWitness device_witness(device);
  EXPECT_EQ(ReadCode("device"), kRefused);
  EXPECT_EQ(WriteCode("device"), kRefused);
  EXPECT_FALSE(device_witness.Opened());
}

TEST_F(BeneathTest, SocketsAndFoldersAreRefused) {
  UniqueFd server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, (files + "/socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Folder("d");
  for (absl::string_view name : {"socket", "d"}) {
    EXPECT_EQ(ReadCode(name), kRefused) << name;
    EXPECT_EQ(WriteCode(name), kRefused) << name;
  }
}

TEST_F(BeneathTest, AFileOfAnotherUserIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  Put(files + "/mine", "x");
  ASSERT_EQ(link(secret.c_str(), (files + "/hard").c_str()), 0);
  ASSERT_EQ(chown(secret.c_str(), 0, 0), 0);
  EXPECT_EQ(ReadCode("hard"), kRefused);
  EXPECT_EQ(ReadCode("mine"), absl::StatusCode::kOk);
}

TEST_F(BeneathTest, HardLinksWithinTheWorkspaceAreFine) {
  Put(files + "/a", "hello");
  ASSERT_EQ(link((files + "/a").c_str(), (files + "/b").c_str()), 0);
  EXPECT_EQ(Read("b").value(), "hello");
}

TEST_F(BeneathTest, AnotherFileSystemIsRefused) {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::thread([&] {  // The mount namespace is this thread's alone.
    const std::string folder = files + "/mounted";
    mkdir(folder.c_str(), 0755);
    if (unshare(CLONE_NEWNS | CLONE_FS) != 0 ||
        mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", folder.c_str(), "tmpfs", 0, nullptr) != 0) {
      return;
    }
    Put(folder + "/a", "x");
    UniqueFd root(open(files.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    code = OpenFileBeneath(root.get(), Path("mounted/a"), owner.uid).status().code();
  })
      .join();
  if (code == absl::StatusCode::kUnknown) GTEST_SKIP() << "may not mount";
  EXPECT_EQ(code, kRefused);
}

TEST_F(BeneathTest, ALeaseDoesNotHoldUpTheHost) {
  Put(files + "/a", "x");
  signal(SIGIO, SIG_IGN);  // The holder of a lease is notified by it.
  UniqueFd holder(open((files + "/a").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(fcntl(holder.get(), F_SETLEASE, F_WRLCK), 0);
  EXPECT_EQ(ReadCode("a"), absl::StatusCode::kUnavailable);
  holder.reset();
  EXPECT_EQ(ReadCode("a"), absl::StatusCode::kOk);
}

TEST_F(BeneathTest, NoTimeOfAccessTellsOfALook) {
  Folder("d");
  Put(files + "/d/a", "x");
  const timespec old[] = {{1, 0}, {2, 0}};  // The next read updates it, even with relatime.
  for (const char* name : {"/d", "/d/a"})
    ASSERT_EQ(utimensat(AT_FDCWD, (files + name).c_str(), old, 0), 0);
  EXPECT_EQ(Read("d/a").value(), "x");
  absl::StatusOr<UniqueFd> folder = OpenFolderBeneath(files_fd(), Path("d"));
  ASSERT_TRUE(folder.ok()) << folder.status();
  char names[512];
  EXPECT_GT(syscall(SYS_getdents64, folder->get(), names, sizeof(names)), 0);
  for (const char* name : {"/d", "/d/a"}) {
    struct stat status;
    ASSERT_EQ(stat((files + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_atime, 1) << name;
  }
}

TEST_F(BeneathTest, WhatDoesNotExistIsNotFoundByItsWorkspaceName) {
  Put(files + "/a", "x");
  for (absl::string_view name : {"nothing", "no/thing", "a/b"}) {
    const absl::Status status = Read(name).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(name)));
  }
}

TEST_F(BeneathTest, ErrorsDoNotTellHostPaths) {
  Link(secret, "link");
  Folder("d");
  for (absl::string_view name : {"link", "link/x", "d", "nothing", "d/nothing"}) {
    for (const absl::Status& status : {Read(name).status(), workspace->Stat(Path(name)).status(),
                                       workspace->Delete(Path(std::string(name) + "/y"))}) {
      EXPECT_FALSE(status.ok());
      EXPECT_THAT(status.ToString(), Not(HasSubstr(testing::TempDir())));
      EXPECT_THAT(status.ToString(), Not(HasSubstr("/proc")));
      EXPECT_THAT(status.ToString(), Not(HasSubstr("outside")));
    }
  }
}

TEST_F(BeneathTest, EntryNamesHaveOneComponent) {
  const int root = files_fd();
  Put(files + "/a", "x");
  for (absl::string_view name :
       {absl::string_view("../incoming"), absl::string_view(".."), absl::string_view("."),
        absl::string_view(""), absl::string_view(outside), absl::string_view("a\0b", 3)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(OpenFolderAt(root, name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(OpenNodeAt(root, name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(StatAt(root, name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(DeleteAt(root, name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(MoveAt(root, "a", root, name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(MoveAt(root, std::string(name), root, "b"))) << name;
  }
}

// A guest that keeps swapping two names as long as the object lives.
class Swapper {
 public:
  Swapper(std::string a, std::string b)
      : thread_([this, a = std::move(a), b = std::move(b)] {
          while (!stop_) renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
        }) {}
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Calls `attempt` a thousand times, and then further until it has been seen to succeed and to fail:
// only then did the race take place. Bounded.
template <typename F>
void RaceUntilBoth(F attempt) {
  int succeeded = 0, refused = 0;
  for (int i = 0; i < 200'000 && (i < 1000 || succeeded == 0 || refused == 0); ++i) {
    ++(attempt() ? succeeded : refused);
  }
  EXPECT_GT(succeeded, 0);
  EXPECT_GT(refused, 0);
}

TEST_F(BeneathTest, AFileSwappedForASymlinkWhileItIsReadNeverLeaks) {
  Put(files + "/a", "mine");
  Link(secret, "b");
  Swapper guest(files + "/a", files + "/b");
  RaceUntilBoth([&] {
    absl::StatusOr<std::string> content = Read("a");
    EXPECT_EQ(content.value_or("mine"), "mine");
    return content.ok();
  });
}

TEST_F(BeneathTest, AFolderSwappedForASymlinkWhileItIsUsedNeverLeaks) {
  Folder("d");
  Put(files + "/d/secret", "mine");
  Link(outside, "e");
  Swapper guest(files + "/d", files + "/e");
  RaceUntilBoth([&] {
    absl::StatusOr<std::string> content = Read("d/secret");
    EXPECT_EQ(content.value_or("mine"), "mine");
    return content.ok();
  });
  RaceUntilBoth([&] { return Write("d/secret", "mine").ok(); });
  RaceUntilBoth([&] { return Write("d/new/file", "x").ok(); });
  RaceUntilBoth([&] {
    static_cast<void>(Write("d/secret", "mine"));
    return workspace->Delete(Path("d/secret")).ok();
  });
  EXPECT_EQ(Get(secret), "TOP SECRET");
  EXPECT_NE(access((outside + "/new").c_str(), F_OK), 0);
}

TEST_F(BeneathTest, AFileSwappedForAFifoNeverBlocks) {
  Put(files + "/a", "mine");
  ASSERT_EQ(mkfifo((files + "/b").c_str(), 0666), 0);
  Swapper guest(files + "/a", files + "/b");
  RaceUntilBoth([&] { return Read("a").ok(); });
}

}  // namespace
}  // namespace carrel
