#include "sandbox/changes/open_writers.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

class OpenWritersTest : public testing::Test {
 protected:
  OpenWritersTest() {
    std::string pattern = testing::TempDir() + "/writers.XXXXXX";
    UniqueFd made(mkstemp(pattern.data()));
    EXPECT_EQ(ftruncate(made.get(), 4096), 0);
    path_ = pattern;
    asked_.reset(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  }
  ~OpenWritersTest() override { unlink(path_.c_str()); }
  UniqueFd Open(int flags) { return UniqueFd(open(path_.c_str(), flags | O_CLOEXEC)); }
  bool Ask() { return MayHaveWriters(asked_.get()); }

  std::string path_;
  UniqueFd asked_;
};

TEST_F(OpenWritersTest, KnowsThisFileSystem) { EXPECT_TRUE(ReportsWriters(asked_.get())); }

TEST_F(OpenWritersTest, ProcDoesNotTell) {
  EXPECT_FALSE(ReportsWriters(UniqueFd(open("/proc", O_PATH | O_CLOEXEC)).get()));
}

TEST_F(OpenWritersTest, OpenForWritingIsAWriter) {
  EXPECT_FALSE(Ask());
  UniqueFd writer = Open(O_WRONLY);
  EXPECT_TRUE(Ask());
  UniqueFd second = Open(O_RDWR);
  writer.reset();
  EXPECT_TRUE(Ask());
  second.reset();
  EXPECT_FALSE(Ask());
}

TEST_F(OpenWritersTest, ReadersAreNone) {
  UniqueFd reader = Open(O_RDONLY);
  EXPECT_FALSE(Ask());
  void* mapping = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, reader.get(), 0);
  EXPECT_FALSE(Ask());
  munmap(mapping, 4096);
}

TEST_F(OpenWritersTest, AMappingIsAWriterThoughTheDescriptorIsClosed) {
  UniqueFd writer = Open(O_RDWR);
  void* mapping = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0);
  writer.reset();
  EXPECT_TRUE(Ask());
  munmap(mapping, 4096);
  EXPECT_FALSE(Ask());
}

// Capabilities belong to the thread.
TEST_F(OpenWritersTest, WithoutTheCapabilityItCannotBeTold) {
  if (geteuid() != 0) GTEST_SKIP() << "has no capability to lose";
  ASSERT_EQ(chown(path_.c_str(), 60123, 60123), 0);
  EXPECT_FALSE(Ask());
  std::thread([this] {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    ASSERT_EQ(syscall(SYS_capget, &header, data), 0);
    data[0].effective &= ~(1u << CAP_LEASE);
    ASSERT_EQ(syscall(SYS_capset, &header, data), 0);
    EXPECT_TRUE(Ask());
  }).join();
}

// A process that opens the file breaks the lease, and that must not end this process. (SIGIO
// would.)
TEST_F(OpenWritersTest, OpeningInTheSameMomentHurtsNobody) {
  std::atomic<bool> done{false};
  std::atomic<int> opened{0};
  std::thread opener([&] {
    for (; !done; ++opened) EXPECT_TRUE(Open(O_WRONLY).valid());
  });
  while (opened < 5000) Ask();
  done = true;
  opener.join();
  EXPECT_FALSE(Ask());
}

}  // namespace
}  // namespace carrel
