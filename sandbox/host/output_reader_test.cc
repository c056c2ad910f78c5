#include "sandbox/host/output_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/ipc/fd_passing.h"
#include "sandbox/ipc/frame_limits.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Encode(const internal::GuestFrame& frame) {
  const std::string body = frame.SerializeAsString();
  std::string bytes(kFrameHeaderBytes, '\0');
  for (size_t i = 0; i < kFrameHeaderBytes; ++i)
    bytes[i] = static_cast<char>(body.size() >> (8 * i));
  return bytes + body;
}

// A reader, and the guest's endpoints of what it reads.
class OutputReaderTest : public testing::Test, public OutputReader::Listener {
 protected:
  void SetUp() override {
    OutputEndpoints endpoints;
    std::tie(endpoints.frames, frames_) = *MakeSocketPair(SOCK_STREAM);
    UniqueFd ring_fd;
    std::tie(endpoints.ring, ring_fd) = *SharedMemory::Make("ring", kOutputRingBytes);
    ring_memory_ =
        mmap(nullptr, kOutputRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd.get(), 0);
    int pipes[4];
    ASSERT_EQ(pipe(pipes), 0);
    ASSERT_EQ(pipe(pipes + 2), 0);
    endpoints.stdout_pipe.reset(pipes[0]);
    endpoints.stderr_pipe.reset(pipes[2]);
    stdout_.reset(pipes[1]);
    stderr_.reset(pipes[3]);
    reader_ = std::make_unique<OutputReader>(&loop_, std::move(endpoints), this);
    ring_ = OutputRingWriter(ring_memory_);
    reader_->Start();
  }
  void TearDown() override {
    reader_->Close();
    reader_ = nullptr;
    munmap(ring_memory_, kOutputRingBytes);
  }

  std::shared_ptr<void> KeepAlive() override { return std::make_shared<int>(); }
  void OnText(OutputStream stream, std::string bytes) override {
    seen_.push_back((stream == OutputStream::kStdout ? "out " : "err ") + bytes);
  }
  void OnFrame(const internal::GuestFrame& frame) override {
    seen_.push_back("frame " + std::to_string(frame.cell()));
  }
  void OnFramesEnded() override { seen_.push_back("ended"); }
  void OnProtocolViolation() override { seen_.push_back("violation"); }
  void OnLasting() override { lasting_ = true; }

  internal::GuestFrame Frame(uint64_t cell) const {
    internal::GuestFrame frame;
    frame.set_cell(cell);
    frame.mutable_done();
    frame.set_output_position(ring_.head());
    return frame;
  }
  void Send(const std::string& bytes) {
    ASSERT_EQ(send(frames_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  void Write(const UniqueFd& pipe, const std::string& text) {
    ASSERT_EQ(write(pipe.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void RunFor(int milliseconds) {
    loop_.context().run_for(std::chrono::milliseconds(milliseconds));
  }

  EventLoop loop_{EventLoop::WithoutThread()};
  UniqueFd frames_, stdout_, stderr_;
  void* ring_memory_ = nullptr;
  OutputRingWriter ring_;
  std::unique_ptr<OutputReader> reader_;
  std::vector<std::string> seen_;
  bool lasting_ = false;
};

TEST_F(OutputReaderTest, TextOfTheRingComesBeforeTheFrameThatFollowedIt) {
  ring_.Append(false, "a");
  const std::string first = Encode(Frame(1));
  ring_.Append(true, "b");
  Send(first + Encode(Frame(2)));
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("out a", "frame 1", "err b", "frame 2"));
}

TEST_F(OutputReaderTest, AFrameCanAskForThePipesFirst) {
  Write(stdout_, "p");
  internal::GuestFrame frame = Frame(1);
  frame.set_drain_pipes_first(true);
  Send(Encode(frame));
  reader_->ReadFrames();
  EXPECT_THAT(seen_, ElementsAre("out p", "frame 1"));
}

TEST_F(OutputReaderTest, FramesThatWereSentBeforeAPipeWasWrittenComeFirst) {
  Send(Encode(Frame(1)));
  Write(stderr_, "late");
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("frame 1", "err late"));
}

TEST_F(OutputReaderTest, APositionBeyondTheRingsHeadIsNotBelieved) {
  internal::GuestFrame frame = Frame(1);
  frame.set_output_position(uint64_t{1} << 62);
  Send(Encode(frame));
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("frame 1"));
}

TEST_F(OutputReaderTest, MalformedFramesAreAViolationAndTheEndOfTheStream) {
  Send(std::string(64, '\xff'));
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("violation", "ended"));
  EXPECT_FALSE(reader_->ReadFrames());
}

TEST_F(OutputReaderTest, AMalformedRingIsAViolation) {
  static_cast<OutputRingHeader*>(ring_memory_)->head = uint64_t{1} << 40;
  reader_->ReadFrames();
  EXPECT_THAT(seen_, testing::Contains("violation"));
}

TEST_F(OutputReaderTest, AClosedSocketEndsTheStream) {
  ring_.Append(false, "last words");
  frames_.reset();
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("out last words", "ended"));
}

TEST_F(OutputReaderTest, ManySmallFramesArePaused) {
  std::string many;
  for (int i = 0; i < 1500; ++i) many += Encode(Frame(1));
  Send(many);
  while (seen_.empty()) loop_.context().run_one();
  EXPECT_EQ(seen_.size(), 1024U);
  // In the pause nothing is read, whoever asks for it.
  EXPECT_TRUE(reader_->ReadFrames());
  EXPECT_EQ(seen_.size(), 1024U);
  RunFor(150);
  EXPECT_EQ(seen_.size(), 1500U);
}

TEST_F(OutputReaderTest, ManySmallPacketsOfAPipeArePaused) {
  int pipes[2];
  ASSERT_EQ(pipe2(pipes, O_DIRECT), 0);
  const UniqueFd packets(pipes[1]);
  OutputEndpoints endpoints;
  std::tie(endpoints.frames, frames_) = *MakeSocketPair(SOCK_STREAM);
  UniqueFd ring_fd;
  std::tie(endpoints.ring, ring_fd) = *SharedMemory::Make("ring", kOutputRingBytes);
  endpoints.stdout_pipe.reset(pipes[0]);
  endpoints.stderr_pipe.reset(dup(STDIN_FILENO));
  reader_->Close();
  reader_ = std::make_unique<OutputReader>(&loop_, std::move(endpoints), this);
  for (int i = 0; i < 16; ++i) Write(packets, "x");
  reader_->Start();
  while (seen_.size() < 8) loop_.context().run_one();
  Write(packets, "y");
  EXPECT_TRUE(reader_->ReadFrames());
  EXPECT_EQ(seen_.size(), 16U);
  RunFor(150);
  EXPECT_EQ(seen_.size(), 17U);
}

TEST_F(OutputReaderTest, ReadToEndReadsAllThreeStreams) {
  ring_.Append(false, "ring");
  Write(stderr_, "pipe");
  Send(Encode(Frame(1)));
  frames_.reset();
  reader_->ReadToEnd();
  EXPECT_THAT(seen_, ElementsAre("out ring", "frame 1", "ended", "err pipe"));
}

TEST_F(OutputReaderTest, NothingIsReportedAfterClose) {
  reader_->Close();
  Send(Encode(Frame(1)));
  ring_.Append(false, "x");
  RunFor(20);
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(OutputReaderTest, ACellIsSentAndItsOutputPolled) {
  const EventLoop::Awaited awaited(&loop_);
  reader_->SendCell(1, "print(1)", awaited, /*may_be_brief=*/false, -1);
  char buffer[256];
  EXPECT_GT(recv(frames_.get(), buffer, sizeof(buffer), MSG_DONTWAIT), 8);
  // The writer need not notify.
  ring_.Append(false, "1\n");
  EXPECT_FALSE(ring_.TakeReasonToNotify());
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("out 1\n"));
  EXPECT_TRUE(lasting_);
}

TEST_F(OutputReaderTest, BetweenCellsTheWriterNotifies) {
  reader_->AwaitNotification();
  ring_.Append(false, "from a thread\n");
  EXPECT_TRUE(ring_.TakeReasonToNotify());
  internal::GuestFrame frame;
  frame.mutable_output_ready();
  frame.set_output_position(ring_.head());
  Send(Encode(frame));
  RunFor(20);
  EXPECT_THAT(seen_, ElementsAre("out from a thread\n"));
}

}  // namespace
}  // namespace carrel
