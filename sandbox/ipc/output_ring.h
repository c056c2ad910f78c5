// The output ring: shared memory into which an interpreter prints and from which the host reads. A
// print costs no system call, and printed text survives the death of the process.
//
// The memory is a memfd of fixed size, one per interpreter. The guest can write anything into it,
// so the reader trusts nothing: it keeps its own position, copies data before it inspects it, and
// limits what it reads. See docs/frames.md, "The output ring".
#ifndef CARREL_SANDBOX_IPC_OUTPUT_RING_H_
#define CARREL_SANDBOX_IPC_OUTPUT_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace carrel {

// The size of the whole ring, in bytes. Its pages are touched only as far as the output of one cell
// reaches, or runs ahead of the host.
inline constexpr size_t kOutputRingBytes = 512 << 10;
// The maximum text size of one record; longer text is split into several.
inline constexpr size_t kMaxRecordBytes = 32 << 10;
// The maximum size of one piece that the reader passes to its sink. It is large because each piece
// wakes the threads that forward it.
inline constexpr size_t kGatherBytes = 128 << 10;

// The header at the beginning of the memory; records follow it. Positions count bytes since the
// start of the interpreter's life.
struct OutputRingHeader {
  // The position up to which the writer has written. Only the writer stores it.
  alignas(64) std::atomic<uint64_t> head;
  // The position up to which the reader has read. Only the reader stores it.
  alignas(64) std::atomic<uint64_t> tail;
  // 1 while the reader waits to be notified of new output; it stores 0 when it polls.
  std::atomic<uint32_t> reader_sleeps;
  // A futex: 1 while the writer waits for room; the reader clears it and wakes the writer.
  std::atomic<uint32_t> writer_waits;
  // 1 once the writer's process has called abort because memory was refused
  // (child/interpreter/abort_notice.h).
  std::atomic<uint32_t> no_memory;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// The guest's endpoint. One thread at a time may use it.
class OutputRingWriter {
 public:
  OutputRingWriter() = default;
  // Does not own `memory`: kOutputRingBytes, zeroed except for what the reader has set up.
  explicit OutputRingWriter(void* memory);

  // Adds a record of at most kMaxRecordBytes; returns false if there is no room.
  bool Append(bool is_stderr, std::string_view text);
  // Returns whether the writer must notify the reader now: the reader sleeps; or the ring is half
  // full, or `full`, and the reader has read everything up to the last notification. Returns true
  // once for each such reason.
  bool TakeReasonToNotify(bool full = false);
  // Marks the beginning of a cell. If the reader has read everything, the cell's output starts at
  // the beginning of the memory, so that a small output touches one page.
  void Rewind() { rewinds_ = true; }
  // Sleeps until the reader has made room, for 100 ms at most. Call it after Append has failed and
  // the reader was notified if TakeReasonToNotify said so. Returns false if there was no need to
  // sleep, or if the reader must be notified by now.
  bool AwaitRoom();
  uint64_t head() const { return head_; }

 private:
  void PutHeader(uint32_t size, uint32_t kind);
  // Marks the rest of this lap as unused.
  void SkipToStart();
  bool MayRestart();
  size_t offset() const;

  OutputRingHeader* header_ = nullptr;
  char* data_ = nullptr;
  uint64_t head_ = 0;
  uint64_t notified_head_ = 0;  // The head at the last notification of the reader.
  uint64_t start_ = 0;          // The position at which the last lap began.
  bool rewinds_ = false;
};

// The host's endpoint. One thread may use it.
class OutputRingReader {
 public:
  using Sink = std::function<void(bool is_stderr, std::string text)>;

  OutputRingReader() = default;
  // Does not own `memory`: kOutputRingBytes. Initializes it, so it must run before the writer
  // exists.
  explicit OutputRingReader(void* memory);

  // Returns the position up to which text was written, as the guest claims.
  uint64_t head() const;
  // Returns true if some of it was not read yet.
  bool HasMore() const { return head() != tail_; }
  // Reads up to `until`, or to head() if that is less. Returns false if the memory does not hold
  // valid records.
  bool Read(uint64_t until, const Sink& sink);
  // Makes the writer notify from now on. Returns false if it has written meanwhile: call Read, then
  // ArmNotification again.
  bool ArmNotification();
  // Makes the writer stop notifying: the reader polls.
  void DisarmNotification();
  // Returns whether the writer claims that it aborted because memory was refused.
  bool WriterHadNoMemory() const;

 private:
  // Copies one record, or as many records of one kind as fit, into buffer_. Returns false if a
  // record is malformed.
  bool Gather(uint64_t head, uint32_t* kind);
  void WakeWriter();

  OutputRingHeader* header_ = nullptr;
  const char* data_ = nullptr;
  uint64_t tail_ = 0;
  std::string buffer_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_OUTPUT_RING_H_
