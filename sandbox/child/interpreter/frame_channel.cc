#include "sandbox/child/interpreter/frame_channel.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "sandbox/ipc/frame_limits.h"

namespace carrel::child {
namespace {

int UnreadBytes(int pipe_fd) {
  int waiting = 0;
  return ioctl(pipe_fd, FIONREAD, &waiting) == 0 ? waiting : 0;
}

int UnreadBytes() { return UnreadBytes(STDOUT_FILENO) + UnreadBytes(STDERR_FILENO); }

int64_t NowMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

// The time limit while the content of the pipes stays the same. Then only the host is slow: it
// reads within microseconds, unless the machine is very busy.
constexpr int64_t kQuietPatienceMicroseconds = 5'000'000;
// The time limit once the content changes without becoming empty: some process keeps filling a
// pipe.
constexpr int64_t kChattyPatienceMicroseconds = 50'000;
// The time after a failed wait before the next one: a background process that prints much must not
// slow every print down.
constexpr int64_t kDrainPauseMicroseconds = 1'000'000;

// A caller that has sent its last cells one right after the other may send another soon. While the
// interpreter spins, its CPU is not idle when the caller is woken, and so the kernel wakes the
// caller on the CPU of the server's thread, which is quicker.
constexpr int64_t kQuickMicroseconds = 200;
constexpr int kQuickInARow = 3;
constexpr int64_t kAwakeMicroseconds = 15;
// The number of pause instructions between two polls, which leave the core to its other hardware
// thread. Each takes 40 to 140 cycles, depending on the processor.
constexpr int kPauses = 8;

// False in forks of the process that made the channel. getpid would add a system call to each
// print.
bool g_is_owner = false;

class Lock {
 public:
  explicit Lock(pthread_mutex_t* mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
  ~Lock() { pthread_mutex_unlock(mutex_); }

 private:
  pthread_mutex_t* mutex_;
};

}  // namespace

FrameChannel::FrameChannel(int fd, void* ring, int pipe_watch_fd)
    : fd_(fd), pipe_watch_fd_(pipe_watch_fd), ring_(ring) {
  g_is_owner = true;
  pthread_atfork(nullptr, nullptr, [] { g_is_owner = false; });
}

bool FrameChannel::IsOwner() const { return g_is_owner; }

void FrameChannel::set_cell(uint64_t cell) {
  Lock lock(&mutex_);
  cell_ = cell;
  ring_.Rewind();
}

bool FrameChannel::PipesAreEmpty() const {
  // This is the cheapest check there is: it names no descriptor of a pipe, so the system call
  // filter allows it by its number alone.
  epoll_event event;
  return epoll_wait(pipe_watch_fd_, &event, 1, 0) == 0;
}

bool FrameChannel::AwaitEmptyPipes() {
  if (PipesAreEmpty()) return true;
  int first = UnreadBytes();
  if (first == 0) return true;
  int64_t start = NowMicroseconds();
  if (start < next_drain_wait_) return false;
  int64_t patience = kQuietPatienceMicroseconds;
  for (int i = 0;; ++i) {
    int now = UnreadBytes();
    if (now == 0) return true;
    if (now != first) patience = kChattyPatienceMicroseconds;
    if (NowMicroseconds() - start > patience) break;
    timespec pause{0, 20'000};
    if (i < 20)
      sched_yield();
    else
      nanosleep(&pause, nullptr);
  }
  next_drain_wait_ = NowMicroseconds() + kDrainPauseMicroseconds;
  return false;
}

bool FrameChannel::Send(internal::GuestFrame* frame) {
  if (!IsOwner()) return false;
  Lock lock(&mutex_);
  frame->set_drain_pipes_first(!AwaitEmptyPipes());
  return SendLocked(frame);
}

bool FrameChannel::SendLocked(internal::GuestFrame* frame) {
  frame->set_cell(cell_);
  frame->set_output_position(ring_.head());
  std::string bytes(kFrameHeaderBytes, '\0');
  if (!frame->AppendToString(&bytes)) return false;
  uint32_t size = htole32(static_cast<uint32_t>(bytes.size() - kFrameHeaderBytes));
  memcpy(bytes.data(), &size, sizeof(size));
  bool ok = SendAll(bytes);
  // Frames that follow the end of a cell, from any thread, do not belong to it.
  if (frame->has_done()) cell_ = 0;
  return ok;
}

FrameChannel::Printed FrameChannel::TryPrint(bool is_stderr, std::string_view text) {
  if (text.size() > kMaxRecordBytes || pthread_mutex_trylock(&mutex_) != 0) return Printed::kNotYet;
  // print() writes the end of a line separately: the pipes were checked just before, with the line.
  const bool ends_line = half_line_ && text == "\n";
  const bool printed = (ends_line || PipesAreEmpty()) && ring_.Append(is_stderr, text);
  half_line_ = printed && !text.empty() && text.back() != '\n';
  // Half a line waits for its other half, as on a terminal.
  bool tell = printed && text.find('\n') != std::string_view::npos && ring_.TakeReasonToNotify();
  pthread_mutex_unlock(&mutex_);
  if (!printed) return Printed::kNotYet;
  return tell ? Printed::kMustNotify : Printed::kDone;
}

bool FrameChannel::Print(bool is_stderr, std::string_view text) {
  if (!IsOwner()) return false;
  bool ok = true;
  while (ok && !text.empty()) {
    const std::string_view piece = text.substr(0, kMaxRecordBytes);
    text.remove_prefix(piece.size());
    Lock lock(&mutex_);
    ok = AwaitEmptyPipes() ? PutInRing(is_stderr, piece) : SendText(is_stderr, piece);
  }
  return ok;
}

bool FrameChannel::PutInRing(bool is_stderr, std::string_view text) {
  while (!ring_.Append(is_stderr, text)) {
    if (ring_.TakeReasonToNotify(/*full=*/true) && !SendNotification()) return false;
    ring_.AwaitRoom();
  }
  return NotifyLocked();
}

bool FrameChannel::SendText(bool is_stderr, std::string_view text) {
  internal::GuestFrame frame;
  frame.set_drain_pipes_first(true);
  frame.mutable_stream()->set_is_stderr(is_stderr);
  frame.mutable_stream()->set_text(text.data(), text.size());
  return SendLocked(&frame);
}

bool FrameChannel::NotifyLocked() {
  if (!ring_.TakeReasonToNotify()) return true;
  return SendNotification();
}

bool FrameChannel::SendNotification() {
  internal::GuestFrame frame;
  frame.mutable_output_ready();
  return SendLocked(&frame);
}

bool FrameChannel::Notify() {
  if (!IsOwner()) return false;
  Lock lock(&mutex_);
  return SendNotification();
}

bool FrameChannel::Flush() {
  if (!IsOwner()) return false;
  Lock lock(&mutex_);
  return NotifyLocked();
}

bool FrameChannel::SendAll(const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    // A frame that was begun is completed, whatever signal arrives.
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

bool FrameChannel::StayAwake() const {
  const int64_t start = NowMicroseconds();
  pollfd readable{fd_, POLLIN, 0};
  do {
    for (int i = 0; i < kPauses; ++i) __builtin_ia32_pause();
    if (poll(&readable, 1, 0) > 0) return true;
  } while (NowMicroseconds() - start < kAwakeMicroseconds);
  return false;
}

FrameChannel::Received FrameChannel::ReadUntil(size_t size, int wake_fd, bool is_readable) {
  char buffer[4096];
  while (incoming_.size() < size) {
    if (!std::exchange(is_readable, false)) {
      // A reader that sleeps in read(2) would also be woken when the host has read what was sent.
      pollfd readable[] = {{fd_, POLLIN, 0}, {wake_fd, POLLIN, 0}};
      if (poll(readable, 2, -1) < 0) return errno == EINTR ? Received::kSignal : Received::kEnd;
      if (readable[0].revents == 0) return Received::kWoken;
    }
    ssize_t n = read(fd_, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) return Received::kSignal;
    if (n <= 0) return Received::kEnd;
    incoming_.append(buffer, static_cast<size_t>(n));
  }
  return Received::kFrame;
}

FrameChannel::Received FrameChannel::Receive(internal::HostFrame* frame, int wake_fd) {
  uint32_t size = 0;
  const int64_t start = NowMicroseconds();
  const bool is_readable = quick_in_a_row_ >= kQuickInARow && StayAwake();
  if (Received had = ReadUntil(sizeof(size), wake_fd, is_readable); had != Received::kFrame)
    return had;
  quick_in_a_row_ = NowMicroseconds() - start < kQuickMicroseconds ? quick_in_a_row_ + 1 : 0;
  memcpy(&size, incoming_.data(), sizeof(size));
  size = le32toh(size);
  if (size > kMaxFrameBytes) return Received::kEnd;
  if (Received had = ReadUntil(sizeof(size) + size, -1, false); had != Received::kFrame) return had;
  const bool ok = frame->ParseFromArray(incoming_.data() + sizeof(size), static_cast<int>(size));
  incoming_.erase(0, sizeof(size) + size);
  if (incoming_.empty()) incoming_.shrink_to_fit();  // A large cell is not kept twice.
  return ok ? Received::kFrame : Received::kEnd;
}

bool FrameChannel::IsReadable() const {
  pollfd readable{fd_, POLLIN, 0};
  return !incoming_.empty() || poll(&readable, 1, 0) != 0;
}

}  // namespace carrel::child
