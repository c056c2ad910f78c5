// The half of SandboxProcess that reads what the guest sends: frames, the output ring and the
// pipes, in the order in which they were written (docs/frames.md, "Order").
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sandbox/host/sandbox_process.h"
#include "sandbox/posix/pipe_reading.h"

namespace carrel {
namespace {

// The maximum number of bytes read from one descriptor in one loop iteration.
constexpr size_t kReadBytes = 256 << 10;
// The maximum number of reads in one loop iteration: a pipe in packet mode (O_DIRECT) returns one
// packet per read, of a byte if its writer chooses.
constexpr int kReads = 16;
// The maximum number of frames in one loop iteration; each may be of a few bytes.
constexpr int kFrames = 1024;
// A pause of the session follows an iteration that uses up its frames, or its reads for less than
// kSmallRead each. The pause lasts kRestAfterATurn times as long as the iteration, up to
// kLongestRest, because the iteration may have taken long for lack of CPU, which is not the guest's
// fault.
constexpr size_t kSmallRead = 1 << 10;
constexpr int kRestAfterATurn = 10;
constexpr std::chrono::milliseconds kLongestRest{100};
// The time that a process which has closed its frame socket has to end.
constexpr std::chrono::seconds kEndingPatience{2};
// A guest that notifies of output at shorter intervals than kOften is polled instead.
constexpr std::chrono::milliseconds kOften{1};
constexpr std::chrono::milliseconds kPollInterval{2};

// Returns POLLIN while the pipe holds anything at all, even an empty buffer that FIONREAD counts as
// nothing; returns only POLLHUP once it is empty and has no writers left.
int PollPipe(int pipe_fd) {
  pollfd pipe{pipe_fd, POLLIN, 0};
  return poll(&pipe, 1, 0) == 1 ? pipe.revents : 0;
}

}  // namespace

void SandboxProcess::OnFrames(bool writable) {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (state_ == State::kDead) return;
  if (writable) FlushWrites();
  OnFramesReadable();
}

void SandboxProcess::OnFramesReadable() {
  if (!ReadFrames() || rests_) return;
  if (outgoing_.empty())
    frames_wait_.Arm();
  else
    frames_wait_.ArmForWriting();
}

void SandboxProcess::Rest(LazyTimer::Clock::time_point since) {
  const LazyTimer::Clock::time_point now = LazyTimer::Clock::now();
  rests_ = true;
  rest_.Set(now +
            std::min<LazyTimer::Clock::duration>(kRestAfterATurn * (now - since), kLongestRest));
}

void SandboxProcess::OnRested() {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (state_ == State::kDead) return;
  rests_ = false;
  FlushWrites();
  OnFramesReadable();
  // Each of these sets its flag again if the session has to pause again.
  if (std::exchange(stdout_rests_, false)) OnStdoutReadable();
  if (std::exchange(stderr_rests_, false)) OnStderrReadable();
}

bool SandboxProcess::ReadFrames() {
  if (frames_ended_) return false;
  if (rests_) return true;
  const LazyTimer::Clock::time_point begin = LazyTimer::Clock::now();
  // A record that is in the ring now was written after every frame that the socket does not have
  // yet. So these frames come first, and each has the records before it read.
  const uint64_t written = ring_.head();
  bool open = true;
  size_t total = 0;
  frames_left_ = kFrames;
  while (ReadMoreFrames(&total, &open) && total < kReadBytes) {
  }
  if (!open) {
    frames_ended_ = true;
    ReadRing(ring_.head());
    ExpectEnd();
    return false;
  }
  // A record that was reported was written before every frame that comes later.
  if (total < kReadBytes && !has_undecoded_)
    ReadRing(std::max(written, notified_position_.value_or(0)));
  if (std::exchange(notified_position_, {}).has_value()) AwaitOutput();
  if (has_undecoded_) Rest(begin);
  return true;
}

bool SandboxProcess::ReadMoreFrames(size_t* total, bool* open) {
  if (has_undecoded_) return DecodeFrames(open);
  char buffer[64 << 10];
  ssize_t n = recv(frames_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) {
    *open = n < 0 && errno == EAGAIN;
    return false;
  }
  *total += static_cast<size_t>(n);
  // All of these frames were sent before now. So one sample of the ring's head and one drain of the
  // pipes serve them all: else a guest that goes on writing could have these read anew for each of
  // many small frames.
  received_ = {ring_.head(), false};
  decoder_.Append({buffer, static_cast<size_t>(n)});
  // A short read has emptied the socket.
  return DecodeFrames(open) && static_cast<size_t>(n) == sizeof(buffer);
}

bool SandboxProcess::DecodeFrames(bool* open) {
  has_undecoded_ = false;
  while (frames_left_-- > 0) {
    absl::StatusOr<internal::GuestFrame> frame = decoder_.Next();
    if (absl::IsNotFound(frame.status())) return true;
    if (!frame.ok()) {
      Kill(StopReason::kProtocolViolation);
      *open = false;
      return false;
    }
    HandleFrame(*frame);
  }
  has_undecoded_ = true;
  return false;
}

void SandboxProcess::ReadRing(uint64_t until) {
  const bool ok = ring_.Read(until, [this](bool is_stderr, std::string text) {
    Deliver(is_stderr ? OutputStream::kStderr : OutputStream::kStdout, std::move(text));
  });
  if (!ok) Kill(StopReason::kProtocolViolation);
}

void SandboxProcess::AwaitOutput() {
  const auto now = std::chrono::steady_clock::now();
  const bool often = now - std::exchange(last_notified_, now) < kOften;
  if (!often && ring_.Sleep()) return;
  PollAgainSoon();
}

void SandboxProcess::PollAgainSoon() {
  ring_.StayAwake();
  last_polled_head_ = ring_.head();
  look_.SetAfter(kPollInterval);
}

void SandboxProcess::Look() {
  const std::shared_ptr<SandboxProcess> self = shared_from_this();
  if (state_ == State::kDead) return;
  if (cell_ != nullptr && !cell_waits_) cell_->sink->OnLasting();
  const bool quiet = ring_.head() == last_polled_head_;
  if (!ReadFrames() || (quiet && ring_.Sleep())) return;
  PollAgainSoon();
}

void SandboxProcess::ExpectEnd() {
  if (!alive()) return;
  ending_.SetAfter(kEndingPatience);
}

void SandboxProcess::OnStdoutReadable() {
  OnPipeReadable(&stdout_, OutputStream::kStdout, &stdout_rests_);
}

void SandboxProcess::OnStderrReadable() {
  OnPipeReadable(&stderr_, OutputStream::kStderr, &stderr_rests_);
}

void SandboxProcess::OnPipeReadable(Descriptor* pipe, OutputStream stream, bool* rests) {
  // From the moment this pipe is seen to hold bytes until they are read, the guest sends no frame
  // (docs/frames.md). So the frames that are there now were sent before the bytes were written, and
  // none can slip in between.
  const LazyTimer::Clock::time_point begin = LazyTimer::Clock::now();
  size_t total = 0;
  int reads = 0;
  for (; reads < kReads && total < kReadBytes; ++reads) {
    if ((PollPipe(pipe->native_handle()) & POLLIN) == 0) break;
    ReadFrames();
    if (state_ == State::kDead) return;
    if (rests_) break;
    const ssize_t n = ReadPipe(pipe->native_handle(),
                               [&](std::string bytes) { Deliver(stream, std::move(bytes)); });
    if (n <= 0) break;
    total += static_cast<size_t>(n);
  }
  if (reads == kReads && total < kReads * kSmallRead && !rests_) Rest(begin);
  if ((*rests = rests_)) return;
  int state = PollPipe(pipe->native_handle());
  if (state != 0 && (state & POLLIN) == 0) return;  // All writers are gone.
  WaitReadable(pipe, stream == OutputStream::kStdout ? &SandboxProcess::OnStdoutReadable
                                                     : &SandboxProcess::OnStderrReadable);
}

void SandboxProcess::DrainPipes() {
  DrainPipe(stdout_.native_handle(),
            [this](std::string bytes) { Deliver(OutputStream::kStdout, std::move(bytes)); });
  DrainPipe(stderr_.native_handle(),
            [this](std::string bytes) { Deliver(OutputStream::kStderr, std::move(bytes)); });
}

void SandboxProcess::Deliver(OutputStream stream, std::string bytes) {
  if (current() != nullptr)
    current()->sink->OnOutput(stream, std::move(bytes));
  else
    late_output_.AddText(stream, bytes);
}

void SandboxProcess::DeliverDisplay(const internal::DisplayPart& part) {
  absl::optional<DisplayBundle> bundle = displays_.Add(part);
  if (!bundle.has_value()) return;
  if (current() != nullptr) {
    displays_.SetKept(current()->sink->OnDisplay(*std::move(bundle)));
  } else {
    late_output_.AddDisplay(*std::move(bundle));
    displays_.SetKept(0);  // Late output has limits of its own.
  }
}

void SandboxProcess::DeliverClear(bool wait) {
  if (current() != nullptr)
    displays_.SetKept(current()->sink->OnClear(wait));
  else
    late_output_.Clear(wait);
}

}  // namespace carrel
