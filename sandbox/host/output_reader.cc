#include "sandbox/host/output_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace carrel {
namespace {

// The maximum number of reads in one loop iteration: a pipe in packet mode (O_DIRECT) returns one
// packet per read, of a byte if its writer chooses.
constexpr int kReads = 16;
// A pause of the session follows an iteration that uses up its frames, or its reads for less than
// kSmallRead each. The pause lasts kRestAfterIteration times as long as the iteration, up to
// kLongestRest, because the iteration may have taken long for lack of CPU, which is not the guest's
// fault.
constexpr size_t kSmallRead = 1 << 10;
constexpr int kRestAfterIteration = 10;
constexpr std::chrono::milliseconds kLongestRest{100};
// A guest that notifies of output at shorter intervals than kOften is polled instead.
constexpr std::chrono::milliseconds kOften{1};
constexpr std::chrono::milliseconds kPollInterval{2};
// The number of passes that read the last frames and records of a dead interpreter.
constexpr int kLastPasses = 4;

}  // namespace

OutputReader::OutputReader(EventLoop* loop, OutputEndpoints endpoints, Listener* listener)
    : loop_(loop),
      listener_(listener),
      frames_(std::move(endpoints.frames)),
      frames_wait_(loop, frames_.get(), [this](bool writable) { OnFrames(writable); }),
      writer_(frames_.get()),
      frame_reader_(frames_.get()),
      stdout_(loop, std::move(endpoints.stdout_pipe), OutputStream::kStdout),
      stderr_(loop, std::move(endpoints.stderr_pipe), OutputStream::kStderr),
      ring_memory_(std::move(endpoints.ring)),
      ring_(ring_memory_.data()),
      poll_(loop, [this] { Poll(); }),
      rest_(loop, [this] { OnRested(); }) {
  fcntl(frames_.get(), F_SETFL, fcntl(frames_.get(), F_GETFL) | O_NONBLOCK);
}

void OutputReader::Start() {
  frames_wait_.Arm();
  AwaitPipe(&stdout_);
  AwaitPipe(&stderr_);
}

void OutputReader::Close() {
  closed_ = true;
  frames_wait_.Disarm();
  poll_.Clear();
  rest_.Clear();
  stdout_.Close();
  stderr_.Close();
}

void OutputReader::ReadToEnd() {
  for (int i = 0; i < kLastPasses || frame_reader_.has_undecoded(); ++i) {
    rests_ = false;
    if (!ReadFrames()) break;
  }
  ReadRing(ring_.head());
  DrainPipes();
}

// -------------------------------------------------------------------- frames

void OutputReader::OnFrames(bool writable) {
  const std::shared_ptr<void> alive = listener_->KeepAlive();
  if (closed_) return;
  if (writable) writer_.Flush();
  OnFramesReadable();
}

void OutputReader::OnFramesReadable() {
  if (ReadFrames() && !rests_) AwaitFrames();
}

void OutputReader::AwaitFrames() {
  if (writer_.pending())
    frames_wait_.ArmForWriting();
  else
    frames_wait_.Arm();
}

void OutputReader::Rest(Clock::time_point since) {
  const Clock::time_point now = Clock::now();
  rests_ = true;
  rest_.Set(now + std::min<Clock::duration>(kRestAfterIteration * (now - since), kLongestRest));
}

void OutputReader::OnRested() {
  const std::shared_ptr<void> alive = listener_->KeepAlive();
  if (closed_) return;
  rests_ = false;
  writer_.Flush();
  OnFramesReadable();
  // Each of these sets its flag again if the session has to pause again.
  for (OutputPipe* pipe : {&stdout_, &stderr_})
    if (std::exchange(pipe->rests, false)) OnPipeReadable(pipe);
}

bool OutputReader::ReadFrames() {
  if (frames_ended_) return false;
  if (rests_) return true;
  const Clock::time_point begin = Clock::now();
  // A record that is in the ring now was written after every frame that the socket does not have
  // yet. So these frames come first, and each has the records before it read.
  const uint64_t written = ring_.head();
  const FrameReader::Result result = frame_reader_.Read(
      // All frames of one recv(2) were sent before now. So one sample of the ring's head and one
      // drain of the pipes serve them all: else a guest that goes on writing could have these read
      // anew for each of many small frames.
      [this] {
        received_ = {ring_.head(), false};
      },
      [this](const internal::GuestFrame& frame) { HandleFrame(frame); });
  if (result == FrameReader::Result::kMalformed) listener_->OnProtocolViolation();
  if (result == FrameReader::Result::kMalformed || result == FrameReader::Result::kEnded) {
    frames_ended_ = true;
    ReadRing(ring_.head());
    listener_->OnFramesEnded();
    return false;
  }
  // A record that was reported was written before every frame that comes later.
  if (result == FrameReader::Result::kAll)
    ReadRing(std::max(written, notified_position_.value_or(0)));
  if (std::exchange(notified_position_, {}).has_value()) OnNotified();
  if (result == FrameReader::Result::kManyFrames) Rest(begin);
  return true;
}

void OutputReader::HandleFrame(const internal::GuestFrame& frame) {
  const uint64_t position = std::min<uint64_t>(frame.output_position(), received_.ring_head);
  if (frame.has_output_ready()) {
    // The output is read together with whatever else has arrived, not by itself: else each record
    // would become an event.
    notified_position_ = std::max(notified_position_.value_or(0), position);
    return;
  }
  ReadRing(position);
  if (frame.drain_pipes_first() && !std::exchange(received_.pipes_drained, true)) DrainPipes();
  listener_->OnFrame(frame);
}

// ------------------------------------------------------------------- the ring

void OutputReader::SendCell(uint64_t cell_number, absl::string_view code,
                            const EventLoop::Awaited& awaited, bool may_be_brief, int cpu) {
  ring_.DisarmNotification();
  if (!may_be_brief || rests_ || !PollInline(awaited, cpu)) PollAgainSoon();
  writer_.SendCell(cell_number, code);
  if (writer_.pending()) frames_wait_.ArmForWriting();
}

void OutputReader::AwaitNotification() {
  poll_.Clear();
  if (!ring_.ArmNotification()) PollAgainSoon();
}

void OutputReader::ReadRing(uint64_t until) {
  const bool ok = ring_.Read(until, [this](bool is_stderr, std::string text) {
    listener_->OnText(is_stderr ? OutputStream::kStderr : OutputStream::kStdout, std::move(text));
  });
  if (!ok) listener_->OnProtocolViolation();
}

void OutputReader::OnNotified() {
  const Clock::time_point now = Clock::now();
  const bool often = now - std::exchange(last_notified_, now) < kOften;
  if (!often && ring_.ArmNotification()) return;
  PollAgainSoon();
}

void OutputReader::PollAgainSoon() {
  ring_.DisarmNotification();
  last_polled_head_ = ring_.head();
  poll_.SetAfter(kPollInterval);
}

void OutputReader::Poll() {
  const std::shared_ptr<void> alive = listener_->KeepAlive();
  if (closed_) return;
  listener_->OnLasting();
  const bool quiet = ring_.head() == last_polled_head_;
  if (!ReadFrames() || (quiet && ring_.ArmNotification())) return;
  PollAgainSoon();
}

bool OutputReader::PollInline(const EventLoop::Awaited& awaited, int cpu) {
  const bool polls = loop_->PollInline(awaited, frames_.get(), cpu,
                                       [this, alive = listener_->KeepAlive()](bool is_readable) {
                                         if (closed_) return;
                                         if (!is_readable) PollAgainSoon();
                                         OnFramesReadable();
                                       });
  if (polls) frames_wait_.Disarm();
  return polls;
}

// ------------------------------------------------------------------ the pipes

void OutputReader::AwaitPipe(OutputPipe* pipe) {
  pipe->Await([this, pipe, alive = listener_->KeepAlive()](const asio::error_code& error) {
    if (!error && !closed_) OnPipeReadable(pipe);
  });
}

void OutputReader::OnPipeReadable(OutputPipe* pipe) {
  // From the moment this pipe is seen to hold bytes until they are read, the guest sends no frame
  // (docs/frames.md). So the frames that are there now were sent before the bytes were written, and
  // none can slip in between.
  const Clock::time_point begin = Clock::now();
  size_t total = 0;
  int reads = 0;
  for (; reads < kReads && total < kMaxReadBytes; ++reads) {
    if (!pipe->HasBytes()) break;
    ReadFrames();
    if (closed_) return;
    if (rests_) break;
    const ssize_t n =
        pipe->Read([&](std::string bytes) { listener_->OnText(pipe->stream(), std::move(bytes)); });
    if (n <= 0) break;
    total += static_cast<size_t>(n);
  }
  if (reads == kReads && total < kReads * kSmallRead && !rests_) Rest(begin);
  if ((pipe->rests = rests_)) return;
  if (!pipe->HasEnded()) AwaitPipe(pipe);
}

void OutputReader::DrainPipes() {
  for (OutputPipe* pipe : {&stdout_, &stderr_})
    pipe->Drain([&](std::string bytes) { listener_->OnText(pipe->stream(), std::move(bytes)); });
}

}  // namespace carrel
