#include "sandbox/posix/pipe_reading.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

class PipeReadingTest : public ::testing::Test {
 protected:
  void Open(int writer_flags) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_NONBLOCK | writer_flags), 0);
    reader_.reset(ends[0]);
    writer_.reset(ends[1]);
  }
  void Write(const std::string& bytes) {
    ASSERT_EQ(write(writer_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  UniqueFd reader_, writer_;
};

TEST_F(PipeReadingTest, AllThatIsThereIsRead) {
  Open(0);
  ASSERT_EQ(fcntl(writer_.get(), F_SETPIPE_SZ, 1 << 20), 1 << 20);
  Write(std::string(1 << 20, 'x'));
  size_t total = 0;
  DrainPipe(reader_.get(), [&](std::string bytes) { total += bytes.size(); });
  EXPECT_EQ(total, size_t{1} << 20);
}

TEST_F(PipeReadingTest, AllPacketsThatAreThereAreRead) {
  Open(O_DIRECT);
  int written = 0;
  while (write(writer_.get(), "x", 1) == 1) ++written;
  int read = 0;
  DrainPipe(reader_.get(), [&](const std::string&) { ++read; });
  EXPECT_GE(written, 16);
  EXPECT_EQ(read, written);
}

TEST_F(PipeReadingTest, AWriterThatIsAsFastIsNotReadForEver) {
  Open(0);
  const std::string block(64 << 10, 'x');
  Write(block);
  size_t total = 0;
  DrainPipe(reader_.get(), [&](std::string bytes) {
    total += bytes.size();
    Write(block);
  });
  EXPECT_LE(total, 128u << 10);
}

TEST_F(PipeReadingTest, APacketOfAByteIsNotReadForAsManyTimesAsThereAreBytes) {
  Open(O_DIRECT);
  Write("x");
  int reads = 0;
  DrainPipe(reader_.get(), [&](const std::string&) {
    ++reads;
    Write("x");
  });
  EXPECT_LE(reads, 16);
}

}  // namespace
}  // namespace carrel
