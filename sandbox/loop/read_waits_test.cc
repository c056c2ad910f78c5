#include "sandbox/loop/read_waits.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "sandbox/ipc/fd_passing.h"

namespace carrel {
namespace {

using std::chrono::milliseconds;

class ReadWaitsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto sockets = MakeSocketPair(SOCK_STREAM);
    ASSERT_TRUE(sockets.ok());
    std::tie(here_, there_) = *std::move(sockets);
    wait_ = MakeWait();
  }

  std::unique_ptr<ReadWait> MakeWait() {
    return std::make_unique<ReadWait>(&loop_, here_.get(), [this](bool writable) {
      ++calls_;
      writable_ = writable;
    });
  }
  void Say() { ASSERT_EQ(write(there_.get(), "x", 1), 1); }
  void RunUntilCalled() {
    const int before = calls_;
    while (calls_ == before) loop_.context().run_one();
  }
  void RunForAWhile() { loop_.context().run_for(milliseconds(20)); }

  EventLoop loop_{EventLoop::WithoutThread{}};
  UniqueFd here_, there_;
  std::unique_ptr<ReadWait> wait_;
  int calls_ = 0;
  bool writable_ = false;
};

TEST_F(ReadWaitsTest, TellsWhatIsThereAlreadyAndWhatComes) {
  Say();
  wait_->Arm();
  RunUntilCalled();
  char byte;
  ASSERT_EQ(read(here_.get(), &byte, 1), 1);
  wait_->Arm();
  RunForAWhile();
  EXPECT_EQ(calls_, 1);
  Say();
  RunUntilCalled();
  EXPECT_FALSE(writable_);
}

TEST_F(ReadWaitsTest, TellsOnceForEachArm) {
  wait_->Arm();
  Say();
  RunUntilCalled();
  Say();
  RunForAWhile();
  EXPECT_EQ(calls_, 1);
}

TEST_F(ReadWaitsTest, IsSilentWhileDisarmed) {
  wait_->Arm();
  wait_->Disarm();
  Say();
  RunForAWhile();
  EXPECT_EQ(calls_, 0);
  wait_->Arm();
  RunUntilCalled();
}

TEST_F(ReadWaitsTest, AnOtherEndThatIsClosedIsReadable) {
  wait_->Arm();
  there_.reset();
  RunUntilCalled();
}

// The loop would spin otherwise.
TEST_F(ReadWaitsTest, AClosedEndIsToldOfAtMostOnceWhileDisarmed) {
  wait_->Disarm();
  there_.reset();
  RunForAWhile();
  EXPECT_LE(calls_, 1);
}

TEST_F(ReadWaitsTest, TellsWhenItCanBeWritten) {
  wait_->ArmForWriting();
  RunUntilCalled();
  EXPECT_TRUE(writable_);
}

TEST_F(ReadWaitsTest, WhatIsGoneIsNotToldOf) {
  wait_->Arm();
  Say();
  wait_.reset();
  RunForAWhile();
  EXPECT_EQ(calls_, 0);
}

TEST_F(ReadWaitsTest, AHandlerMayEndItsOwnWait) {
  wait_ = std::make_unique<ReadWait>(&loop_, there_.get(), [this](bool) {
    ++calls_;
    wait_.reset();
  });
  ASSERT_EQ(write(here_.get(), "x", 1), 1);
  wait_->Arm();
  RunUntilCalled();
  EXPECT_EQ(wait_, nullptr);
}

TEST_F(ReadWaitsTest, MoreThanOneTurnsWorthIsToldOf) {
  constexpr int kMany = 40;
  std::vector<std::pair<UniqueFd, UniqueFd>> pairs;
  std::vector<std::unique_ptr<ReadWait>> waits;
  for (int i = 0; i < kMany; ++i) {
    auto sockets = MakeSocketPair(SOCK_STREAM);
    ASSERT_TRUE(sockets.ok());
    pairs.push_back(*std::move(sockets));
    waits.push_back(
        std::make_unique<ReadWait>(&loop_, pairs[i].first.get(), [this](bool) { ++calls_; }));
    ASSERT_EQ(write(pairs[i].second.get(), "x", 1), 1);
    waits[i]->Arm();
  }
  while (calls_ < kMany) loop_.context().run_one();
  RunForAWhile();
  EXPECT_EQ(calls_, kMany);
}

}  // namespace
}  // namespace carrel
