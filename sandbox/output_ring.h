// What an interpreter prints, in memory that it shares with the host: a print costs no
// system call, and nothing that was printed is lost when the process dies.
//
// The memory is a memfd of fixed size, one per interpreter. The guest can write anything
// into it, so the reader believes nothing: it keeps its own position, copies before it
// looks, and bounds what it reads. See docs/frames.md, "The output ring".
#ifndef CARREL_SANDBOX_OUTPUT_RING_H_
#define CARREL_SANDBOX_OUTPUT_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace carrel {

// Of the whole memory. Its pages are touched only as far as the output of one cell goes, or runs
// ahead of the host.
inline constexpr size_t kOutputRingBytes = 512 << 10;
// Of one record; longer text is several.
inline constexpr size_t kMaxRecordBytes = 32 << 10;
// What the reader hands on at once: much, since each piece wakes those who pass it on.
inline constexpr size_t kGatherBytes = 128 << 10;

// The beginning of the memory; records follow. Positions count bytes from the start of
// the interpreter's life.
struct OutputRingHeader {
  // Written so far; the writer's.
  alignas(64) std::atomic<uint64_t> head;
  // Read so far; the reader's.
  alignas(64) std::atomic<uint64_t> tail;
  // The reader waits to be told of new output; it clears this when it looks by itself.
  std::atomic<uint32_t> reader_sleeps;
  // A futex: 1 while the writer waits for room; the reader clears it and wakes the writer.
  std::atomic<uint32_t> writer_waits;
  // 1 once the writer's process has called abort for want of memory (child/abort_notice.h).
  std::atomic<uint32_t> no_memory;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

// The guest's end. One thread at a time.
class OutputRingWriter {
 public:
  OutputRingWriter() = default;
  // Borrows kOutputRingBytes of zeroed memory.
  explicit OutputRingWriter(void* memory);

  // Adds a record of at most kMaxRecordBytes; false if there is no room.
  bool Append(bool is_stderr, std::string_view text);
  // Whether the reader must be told now: it sleeps; or the ring is half full, or `full`, and the
  // reader has read all of which it was told before. True once for each such reason.
  bool TakeReasonToTell(bool full = false);
  // A cell begins. Where the reader has read everything, its output starts at the beginning of
  // the memory: little output touches one page.
  void Rewind() { rewinds_ = true; }
  // Sleeps until the reader has made room, for a moment at most. After Append was in vain, and
  // the reader was told if there was reason. False if there was no need to sleep, or if by now
  // there is reason to tell.
  bool AwaitRoom();
  uint64_t head() const { return head_; }

 private:
  void PutHeader(uint32_t size, uint32_t kind);
  // Leaves the rest of this lap unused.
  void SkipToStart();
  bool MayRestart();
  size_t offset() const;

  OutputRingHeader* header_ = nullptr;
  char* data_ = nullptr;
  uint64_t head_ = 0;
  uint64_t told_ = 0;   // The head of which the reader was last told.
  uint64_t start_ = 0;  // Where the last lap began.
  bool rewinds_ = false;
};

// The host's end. One thread.
class OutputRingReader {
 public:
  using Sink = std::function<void(bool is_stderr, std::string text)>;

  OutputRingReader() = default;
  // Borrows kOutputRingBytes of memory, and sets it up: before the writer exists.
  explicit OutputRingReader(void* memory);

  // What has been written, as the guest says.
  uint64_t head() const;
  // True if some of it was not read yet.
  bool HasMore() const { return head() != tail_; }
  // Reads up to that position, or to what was written if that is less. False if what is there
  // is no ring.
  bool Read(uint64_t until, const Sink& sink);
  // From now on the writer tells. False if it has written meanwhile: Read, and ask again.
  bool Sleep();
  // The writer need not tell.
  void StayAwake();
  // Whether the writer says that it aborted for want of memory.
  bool WriterHadNoMemory() const;

 private:
  // One record, or what fits of several of a kind, into buffer_. False if malformed.
  bool Gather(uint64_t head, uint32_t* kind);
  void WakeWriter();

  OutputRingHeader* header_ = nullptr;
  const char* data_ = nullptr;
  uint64_t tail_ = 0;
  std::string buffer_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_OUTPUT_RING_H_
