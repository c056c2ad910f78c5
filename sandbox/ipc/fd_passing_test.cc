#include "sandbox/ipc/fd_passing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/host/death_message.h"
#include "sandbox/processes/uid_pool.h"

namespace carrel {
namespace {

TEST(FdPassing, DescriptorsArriveCloseOnExecAndInOrder) {
  auto sockets = MakeSocketPair(SOCK_SEQPACKET);
  ASSERT_TRUE(sockets.ok());
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  UniqueFd read_end(pipe_fds[0]), write_end(pipe_fds[1]);
  ASSERT_TRUE(SendPacket(sockets->first.get(), "hi", {read_end.get(), write_end.get()}).ok());
  auto packet = ReceivePacket(sockets->second.get());
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(packet->bytes, "hi");
  ASSERT_EQ(packet->fds.size(), 2u);
  EXPECT_TRUE(fcntl(packet->fds[0].get(), F_GETFD) & FD_CLOEXEC);
  ASSERT_EQ(write(packet->fds[1].get(), "x", 1), 1);
  char byte;
  EXPECT_EQ(read(read_end.get(), &byte, 1), 1);
}

TEST(FdPassing, TheEndOfTheStreamIsAnEmptyPacket) {
  auto sockets = MakeSocketPair(SOCK_SEQPACKET);
  sockets->first.reset();
  auto packet = ReceivePacket(sockets->second.get());
  ASSERT_TRUE(packet.ok());
  EXPECT_EQ(packet->bytes, "");
}

TEST(FdPassing, NothingWaitingIsUnavailable) {
  auto sockets = MakeSocketPair(SOCK_SEQPACKET);
  EXPECT_TRUE(absl::IsUnavailable(ReceivePacket(sockets->second.get(), MSG_DONTWAIT).status()));
}

TEST(UidPool, HandsOutEachIdOnceAndReusesTheOldestLast) {
  UidPool pool(100, 3);
  EXPECT_EQ(*pool.Acquire(), 100u);
  EXPECT_EQ(*pool.Acquire(), 101u);
  pool.Release(100);
  EXPECT_EQ(*pool.Acquire(), 102u);
  EXPECT_EQ(*pool.Acquire(), 100u);
  EXPECT_TRUE(absl::IsResourceExhausted(pool.Acquire().status()));
}

TEST(DeathMessage, NamesTheSignal) {
  Death death;
  death.signal = 11;
  EXPECT_EQ(DeathMessage(death), "The interpreter crashed: it was killed by SIGSEGV.");
  death.signal = 64;
  EXPECT_EQ(DeathMessage(death), "The interpreter crashed: it was killed by SIG64.");
}

}  // namespace
}  // namespace carrel
