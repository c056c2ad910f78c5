// The interpreter's end of the frame socket. Framing: docs/frames.md.
#ifndef CARREL_SANDBOX_CHILD_FRAME_CHANNEL_H_
#define CARREL_SANDBOX_CHILD_FRAME_CHANNEL_H_

#include <pthread.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "carrel/internal/frames.pb.h"
#include "sandbox/output_ring.h"

namespace carrel::child {

// Sends whole frames and printed text, from any thread of the interpreter; reads on
// one thread.
class FrameChannel {
 public:
  // Takes no ownership of `fd`, nor of `ring`, the memory of the output ring, nor of
  // `pipe_watch_fd`, which epoll_wait finds ready while stdout's or stderr's pipe holds
  // something. The process that constructs it is the only one that may send: forks of it share
  // the socket and would garble it.
  FrameChannel(int fd, void* ring, int pipe_watch_fd);

  // Hands printed text on, in order with frames. The host looks when it is told: by text
  // with a newline, by Flush, by the next frame. May block: call it without the GIL.
  // False as Send.
  bool Print(bool is_stderr, std::string_view text);
  // The same as far as it needs no waiting, with the GIL: of most prints the host need not
  // be told. kMustTell: printed, now Tell; kNotYet: nothing was printed.
  enum class Printed { kDone, kMustTell, kNotYet };
  Printed TryPrint(bool is_stderr, std::string_view text);
  // After kMustTell: tells the host to look. As Print.
  bool Tell();
  // The same, if something was printed of which it does not know yet.
  bool Flush();

  // Waits until the host has read what is in the stdout and stderr pipes, so that
  // this frame comes after it; stamps the cell, and sends. Blocks while the host is
  // slow. False if the host is gone, or in a fork of the process.
  bool Send(internal::GuestFrame* frame);

  // Waits for the next frame, or until `wake_fd`, unless it is -1, can be read. kSignal: a signal
  // was caught meanwhile; after this and kWoken the next call goes on waiting. kEnd: the host has
  // closed the stream, or what it sent is no frame.
  enum class Received { kFrame, kWoken, kSignal, kEnd };
  Received Receive(internal::HostFrame* frame, int wake_fd = -1);
  // Whether Receive would find something to read.
  bool IsReadable() const;

  // The cell that frames are stamped with from now on, up to and including its
  // CellDone; 0 between cells.
  void set_cell(uint64_t cell);

  // True in the process that made the channel.
  bool IsOwner() const;

 private:
  // All of these hold the lock.
  bool SendLocked(internal::GuestFrame* frame);
  // Waits for room.
  bool PutInRing(bool is_stderr, std::string_view text);
  // Where the pipes do not become empty.
  bool SendText(bool is_stderr, std::string_view text);
  bool SendTell();
  // If there is reason.
  bool TellLocked();
  // Bounded. False if it was in vain: the frame that comes next says so.
  bool AwaitEmptyPipes();
  bool PipesAreEmpty() const;
  bool SendAll(const std::string& bytes);
  // For a moment, while nothing can be read; true if something can be.
  bool StayAwake() const;
  // Until incoming_ has that many bytes. `is_readable`: poll has just said so.
  Received ReadUntil(size_t size, int wake_fd, bool is_readable);

  const int fd_;
  const int pipe_watch_fd_;
  std::string incoming_;  // What was read of frames that were not handed out yet.
  OutputRingWriter ring_;
  // Not a std::mutex: a guest's fork may copy it in a locked state.
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  uint64_t cell_ = 0;
  int quick_in_a_row_ = 0;       // Frames that came soon after they were waited for.
  bool half_line_ = false;       // What was last printed has no newline at its end.
  int64_t next_drain_wait_ = 0;  // CLOCK_MONOTONIC, in microseconds.
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_FRAME_CHANNEL_H_
