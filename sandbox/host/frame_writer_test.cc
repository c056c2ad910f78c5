#include "sandbox/host/frame_writer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "sandbox/ipc/fd_passing.h"
#include "sandbox/ipc/frame_decoder.h"

namespace carrel {
namespace {

class FrameWriterTest : public testing::Test {
 protected:
  FrameWriterTest() {
    std::tie(host_, guest_) = *MakeSocketPair(SOCK_STREAM | SOCK_NONBLOCK);
    const int small = 4096;
    setsockopt(host_.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  }

  // Reads what has arrived.
  std::string Receive() {
    std::string all;
    char buffer[64 << 10];
    ssize_t n;
    while ((n = recv(guest_.get(), buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
      all.append(buffer, static_cast<size_t>(n));
    return all;
  }

  UniqueFd host_, guest_;
};

TEST_F(FrameWriterTest, SendsAShortCellAtOnce) {
  FrameWriter writer(host_.get());
  writer.SendCell(1, "print(1)");
  EXPECT_FALSE(writer.pending());
  EXPECT_EQ(Receive(), StartOfRunCell(1, 8) + "print(1)");
}

TEST_F(FrameWriterTest, KeepsWhatTheSocketDoesNotTake) {
  FrameWriter writer(host_.get());
  const std::string code(1 << 20, '#');
  writer.SendCell(1, code);
  EXPECT_TRUE(writer.pending());
  writer.SendCell(2, "x");
  std::string received;
  while (writer.pending()) {
    received += Receive();
    writer.Flush();
  }
  received += Receive();
  EXPECT_EQ(received, StartOfRunCell(1, code.size()) + code + StartOfRunCell(2, 1) + "x");
}

TEST_F(FrameWriterTest, DropsWhatIsKeptForAPeerThatIsGone) {
  FrameWriter writer(host_.get());
  writer.SendCell(1, std::string(1 << 20, '#'));
  guest_.reset();
  writer.Flush();
  EXPECT_FALSE(writer.pending());
}

}  // namespace
}  // namespace carrel
