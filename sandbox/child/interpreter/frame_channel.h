// The interpreter's endpoint of the frame socket. Framing: docs/frames.md.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_FRAME_CHANNEL_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_FRAME_CHANNEL_H_

#include <pthread.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "carrel/internal/frames.pb.h"
#include "sandbox/ipc/output_ring.h"

namespace carrel::child {

// Sends whole frames and printed text, from any thread of the interpreter; reads on one thread.
class FrameChannel {
 public:
  // Owns none of its arguments: `fd` is the frame socket; `ring` is the memory of the output ring;
  // `pipe_watch_fd` is ready for epoll_wait while the pipe of stdout or stderr holds something. The
  // process that constructs the channel is the only one that may send: forks of it share the socket
  // and would garble it.
  FrameChannel(int fd, void* ring, int pipe_watch_fd);

  // Passes printed text on, in order with frames. The host reads it when it is notified: by text
  // with a newline, by Flush, by the next frame. May block: call it without the GIL. Returns as
  // Send does.
  bool Print(bool is_stderr, std::string_view text);
  // Prints as Print does, but never waits, so it may be called with the GIL; most prints need no
  // notification. kMustNotify: the text was printed, and the host must be notified; kNotYet:
  // nothing was printed.
  enum class Printed { kDone, kMustNotify, kNotYet };
  Printed TryPrint(bool is_stderr, std::string_view text);
  // Notifies the host of output, after kMustNotify. Returns as Print does.
  bool Notify();
  // Notifies the host if there is printed text of which it was not notified yet.
  bool Flush();

  // Waits until the host has read the stdout and stderr pipes, so that this frame comes after their
  // content; stamps the cell, and sends. Blocks while the host is slow. Returns false if the host
  // is gone, or in a fork of the process.
  bool Send(internal::GuestFrame* frame);

  // Waits for the next frame, or until `wake_fd`, unless it is -1, is readable. kSignal: a signal
  // was caught meanwhile; after kSignal and kWoken the next call continues to wait. kEnd: the host
  // has closed the stream, or sent something that is no frame.
  enum class Received { kFrame, kWoken, kSignal, kEnd };
  Received Receive(internal::HostFrame* frame, int wake_fd = -1);
  // Returns whether Receive would find something to read.
  bool IsReadable() const;

  // Sets the cell with which frames are stamped from now on, up to and including its CellDone; 0
  // between cells.
  void set_cell(uint64_t cell);

  // Returns true in the process that made the channel.
  bool IsOwner() const;

 private:
  // Callers of the following functions hold mutex_.
  bool SendLocked(internal::GuestFrame* frame);
  // Appends to the ring; waits for room.
  bool PutInRing(bool is_stderr, std::string_view text);
  // Sends text as a frame; used when the pipes do not become empty.
  bool SendText(bool is_stderr, std::string_view text);
  bool SendNotification();
  // Notifies the host if there is reason to.
  bool NotifyLocked();
  // Waits until the pipes are empty, for a limited time. Returns false if they are not: the next
  // frame says so.
  bool AwaitEmptyPipes();
  bool PipesAreEmpty() const;
  bool SendAll(const std::string& bytes);
  // Spins for a moment while nothing can be read; returns true if something can be.
  bool StayAwake() const;
  // Reads until incoming_ has `size` bytes. `is_readable`: poll has just returned POLLIN.
  Received ReadUntil(size_t size, int wake_fd, bool is_readable);

  const int fd_;
  const int pipe_watch_fd_;
  std::string incoming_;  // Bytes that were read of frames that were not returned yet.
  OutputRingWriter ring_;
  // This is no std::mutex because a guest's fork may copy it in a locked state.
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  uint64_t cell_ = 0;
  int quick_in_a_row_ = 0;       // Frames in a row that came soon after the wait began.
  bool half_line_ = false;       // True if the last printed text does not end in a newline.
  int64_t next_drain_wait_ = 0;  // CLOCK_MONOTONIC, in microseconds.
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_FRAME_CHANNEL_H_
