// Reads what an interpreter shows: frames, the output ring and the pipes, in the order in which
// they were written (docs/frames.md, "Order").
#ifndef CARREL_SANDBOX_HOST_OUTPUT_READER_H_
#define CARREL_SANDBOX_HOST_OUTPUT_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "carrel/internal/frames.pb.h"
#include "sandbox/cell.h"
#include "sandbox/host/frame_reader.h"
#include "sandbox/host/frame_writer.h"
#include "sandbox/host/output_pipe.h"
#include "sandbox/ipc/output_ring.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "sandbox/loop/read_waits.h"
#include "sandbox/posix/shared_memory.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// The host's endpoints of an interpreter's output.
struct OutputEndpoints {
  UniqueFd frames;  // Also the way by which cells are sent.
  UniqueFd stdout_pipe;
  UniqueFd stderr_pipe;
  SharedMemory ring;
};

// Everything that is read is hostile: one iteration of the loop reads a bounded number of bytes,
// frames and packets, and an interpreter that sends many small ones is paused. Lives on the loop.
class OutputReader {
 public:
  // The interpreter whose output it is. It may call the reader from within a callback.
  class Listener {
   public:
    virtual ~Listener() = default;
    // Keeps the listener and its reader alive as long as the result lives.
    virtual std::shared_ptr<void> KeepAlive() = 0;
    // Handles text of the ring or of a pipe.
    virtual void OnText(OutputStream stream, std::string bytes) = 0;
    // Handles a frame. All output that the interpreter made before it has been passed on.
    virtual void OnFrame(const internal::GuestFrame& frame) = 0;
    // The socket was closed: the process is ending, or only pretends to.
    virtual void OnFramesEnded() = 0;
    // What was sent is malformed.
    virtual void OnProtocolViolation() = 0;
    // The cell was not over within a moment.
    virtual void OnLasting() = 0;
  };

  // `listener` owns this object.
  OutputReader(EventLoop* loop, OutputEndpoints endpoints, Listener* listener);

  // Starts to read.
  void Start();
  // Reads all that is there once every writer is dead.
  void ReadToEnd();
  // Stops reading. No callback follows.
  void Close();

  // Sends a cell to the interpreter. Until AwaitNotification the ring is polled, since a cell that
  // is over in a moment need not notify of its output before it reports its end. If `may_be_brief`,
  // the thread that requested the cell waits for its end by an inline poll, if it can; `cpu` as for
  // EventLoop::PollInline.
  void SendCell(uint64_t cell_number, absl::string_view code, const EventLoop::Awaited& awaited,
                bool may_be_brief, int cpu);
  // Makes the interpreter notify of its next output: between cells only threads print.
  void AwaitNotification();

  // Reads all frames and ring records that are available, in their order. Returns false at the end
  // of the stream.
  bool ReadFrames();
  // Reads what both pipes hold now.
  void DrainPipes();
  // True if the ring holds text that was not read yet.
  bool HasText() const { return ring_.HasMore(); }
  // Returns whether the interpreter claims that it aborted because memory was refused.
  bool WriterHadNoMemory() const { return ring_.WriterHadNoMemory(); }
  // The frame socket.
  int socket() const { return frames_.get(); }

 private:
  using Clock = LazyTimer::Clock;

  // The state of the streams when the last recv(2) returned frames.
  struct Received {
    uint64_t ring_head = 0;      // The ring's head just after the recv(2).
    bool pipes_drained = false;  // True if the pipes were drained since then.
  };

  void OnFrames(bool writable);
  void OnFramesReadable();
  // Waits for the socket to become readable and, if bytes are kept for it, writable.
  void AwaitFrames();
  void HandleFrame(const internal::GuestFrame& frame);
  // Starts a pause: in an iteration that began at `since` the guest used up its share of the loop.
  void Rest(Clock::time_point since);
  void OnRested();
  // Reads the ring up to position `until`.
  void ReadRing(uint64_t until);
  // Handles a notification of output: asks for the next one or, if they are frequent, polls
  // instead.
  void OnNotified();
  void PollAgainSoon();
  void Poll();
  bool PollInline(const EventLoop::Awaited& awaited, int cpu);
  void AwaitPipe(OutputPipe* pipe);
  void OnPipeReadable(OutputPipe* pipe);

  EventLoop* const loop_;
  Listener* const listener_;
  const UniqueFd frames_;
  ReadWait frames_wait_;
  FrameWriter writer_;
  FrameReader frame_reader_;
  OutputPipe stdout_, stderr_;
  const SharedMemory ring_memory_;
  OutputRingReader ring_;
  LazyTimer poll_, rest_;

  bool closed_ = false;
  Received received_;
  bool rests_ = false;         // True during a pause; see Rest.
  bool frames_ended_ = false;  // True once the socket was closed or its data was malformed.
  // The ring position that the frames which were just read report.
  absl::optional<uint64_t> notified_position_;
  uint64_t last_polled_head_ = 0;  // The ring's head at the last poll.
  Clock::time_point last_notified_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_OUTPUT_READER_H_
