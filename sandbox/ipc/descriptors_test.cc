#include "sandbox/ipc/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

int CountOpenDescriptors() {
  int count = 0;
  DIR* directory = opendir("/proc/self/fd");
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return count;
}

class DescriptorsTest : public testing::Test {
 protected:
  DescriptorsTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    here_.reset(fds[0]);
    there_.reset(fds[1]);
  }
  ssize_t Send(const std::string& bytes, size_t descriptors) {
    return SendDescriptors(here_.get(), bytes, std::vector<int>(descriptors, here_.get()));
  }
  ssize_t Receive(size_t room) {
    received_.assign(room, -1);
    return ReceiveDescriptors(there_.get(), buffer_, received_, &count_, MSG_DONTWAIT);
  }

  UniqueFd here_, there_;
  char buffer_[16];
  std::vector<int> received_;
  size_t count_ = 0;
};

TEST_F(DescriptorsTest, ArriveWithTheirMessageAndCloseOnExec) {
  EXPECT_EQ(Send("hi", 2), 2);
  EXPECT_EQ(Receive(3), 2);
  ASSERT_EQ(count_, 2U);
  for (size_t i = 0; i < count_; ++i) {
    const UniqueFd fd(received_[i]);
    EXPECT_TRUE(fcntl(fd.get(), F_GETFD) & FD_CLOEXEC);
  }
}

TEST_F(DescriptorsTest, AMessageMayHaveNone) {
  EXPECT_EQ(Send("hi", 0), 2);
  EXPECT_EQ(Receive(1), 2);
  EXPECT_EQ(count_, 0U);
}

TEST_F(DescriptorsTest, MoreThanThereIsRoomForAreAllClosed) {
  EXPECT_EQ(Send("hi", 3), 2);
  const int before = CountOpenDescriptors();
  EXPECT_EQ(Receive(2), 2);
  EXPECT_EQ(count_, 0U);
  EXPECT_EQ(CountOpenDescriptors(), before);
}

TEST_F(DescriptorsTest, AMessageArrivesWithoutDescriptorsIfNoneCanBeOpened) {
  EXPECT_EQ(Send("hi", 2), 2);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = dup(there_.get());
  close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next) + 1;  // Room for one of the two.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const ssize_t n = Receive(2);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(n, 2);
  EXPECT_EQ(count_, 0U);
  const UniqueFd free(dup(there_.get()));
  EXPECT_EQ(free.get(), next) << "one of them was left open";
}

TEST_F(DescriptorsTest, MoreThanAMessageMayHaveAreNotSent) {
  EXPECT_EQ(Send("hi", kMaxDescriptors + 1), -1);
  EXPECT_EQ(errno, EMSGSIZE);
}

TEST_F(DescriptorsTest, TheEndOfTheStreamIsZero) {
  here_.reset();
  EXPECT_EQ(Receive(1), 0);
}

TEST_F(DescriptorsTest, NothingThereIsAnError) {
  EXPECT_EQ(Receive(1), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace carrel
