#include "sandbox/posix/unique_fd.h"

#include <fcntl.h>

#include <type_traits>
#include <utility>

#include "gtest/gtest.h"

namespace carrel {
namespace {

static_assert(!std::is_copy_constructible<UniqueFd>::value, "has one owner");
static_assert(!std::is_copy_assignable<UniqueFd>::value, "has one owner");
static_assert(!std::is_convertible<int, UniqueFd>::value, "never by accident");
static_assert(!std::is_convertible<UniqueFd, int>::value, "never by accident");
static_assert(!std::is_convertible<UniqueFd, bool>::value, "never by accident");
static_assert(!std::is_constructible<UniqueFd, bool>::value, "not a descriptor");
static_assert(!std::is_constructible<UniqueFd, long>::value, "not a descriptor");
static_assert(std::is_nothrow_move_constructible<UniqueFd>::value, "fit for containers");

int Open() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFdTest, ClosesAtTheEndOfItsScope) {
  int number;
  {
    UniqueFd fd(Open());
    number = fd.get();
    EXPECT_TRUE(fd.valid());
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFdTest, MovingLeavesNothingBehind) {
  UniqueFd a(Open());
  const int number = a.get();
  UniqueFd b(std::move(a));
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is the question.
  EXPECT_EQ(b.get(), number);
  UniqueFd c(Open());
  const int replaced = c.get();
  c = std::move(b);
  EXPECT_FALSE(IsOpen(replaced));
  EXPECT_TRUE(IsOpen(number));
}

TEST(UniqueFdTest, MovingOntoItselfKeepsIt) {
  UniqueFd fd(Open());
  UniqueFd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(IsOpen(fd.get()));
}

TEST(UniqueFdTest, ReleaseGivesUpOwnership) {
  UniqueFd fd(Open());
  const int number = fd.release();
  fd.reset();
  EXPECT_TRUE(IsOpen(number));
  close(number);
}

TEST(UniqueFdTest, ResetKeepsErrno) {
  UniqueFd fd(12345);  // This is not open: close fails with EBADF.
  errno = ENOENT;
  fd.reset();
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace carrel
