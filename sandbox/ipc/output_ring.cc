#include "sandbox/ipc/output_ring.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace carrel {
namespace {

constexpr size_t kDataBytes = kOutputRingBytes - sizeof(OutputRingHeader);
constexpr size_t kUnit = 8;  // Records start and end at multiples of this size.
static_assert(kDataBytes % kUnit == 0);

constexpr uint32_t kStdout = 0;
constexpr uint32_t kStderr = 1;
// Marks the rest of the memory, up to its end, as unused.
constexpr uint32_t kSkip = 2;

struct RecordHeader {
  uint32_t size;  // The number of bytes of the text that follows.
  uint32_t kind;
};
static_assert(sizeof(RecordHeader) == kUnit);

// While the ring is less than half full, there is room for any record, wherever the writer is.
static_assert(kDataBytes / 2 > 2 * (kMaxRecordBytes + kUnit));
// An empty ring restarts at the beginning of the memory once its position has come this far, so
// that a small output touches one page.
constexpr size_t kRestartOffset = 2048;
// The reader arrives within microseconds. If it was not notified, for whatever reason, the writer
// polls by itself.
constexpr timespec kPollInterval{0, 100'000'000};

constexpr size_t SpaceFor(size_t size) {
  return sizeof(RecordHeader) + (size + kUnit - 1) / kUnit * kUnit;
}

size_t OffsetOf(uint64_t position) { return static_cast<size_t>(position % kDataBytes); }

char* DataOf(void* memory) { return static_cast<char*>(memory) + sizeof(OutputRingHeader); }

}  // namespace

OutputRingWriter::OutputRingWriter(void* memory)
    : header_(static_cast<OutputRingHeader*>(memory)), data_(DataOf(memory)) {}

size_t OutputRingWriter::offset() const { return OffsetOf(head_); }

void OutputRingWriter::PutHeader(uint32_t size, uint32_t kind) {
  const RecordHeader record{size, kind};
  memcpy(data_ + offset(), &record, sizeof(record));
}

void OutputRingWriter::SkipToStart() {
  PutHeader(0, kSkip);
  head_ += kDataBytes - offset();
  start_ = head_;
}

// A writer whose output comes fast does not restart: what is skipped takes room until the reader
// has passed it.
bool OutputRingWriter::MayRestart() {
  return std::exchange(rewinds_, false) ||
         header_->reader_sleeps.load(std::memory_order_relaxed) != 0;
}

bool OutputRingWriter::Append(bool is_stderr, std::string_view text) {
  const uint64_t tail = header_->tail.load(std::memory_order_acquire);
  const size_t space = SpaceFor(text.size());
  const size_t rest = kDataBytes - offset();
  const bool restart = head_ == tail && MayRestart() && offset() > std::max(kRestartOffset, space);
  const bool skip = restart || rest < space;
  if (head_ - tail + (skip ? rest : 0) + space > kDataBytes) return false;
  if (skip) SkipToStart();
  PutHeader(static_cast<uint32_t>(text.size()), is_stderr ? kStderr : kStdout);
  memcpy(data_ + offset() + sizeof(RecordHeader), text.data(), text.size());
  head_ += space;
  // The store precedes the load of reader_sleeps: see OutputRingReader::ArmNotification.
  header_->head.store(head_, std::memory_order_seq_cst);
  return true;
}

bool OutputRingWriter::TakeReasonToNotify(bool full) {
  const bool sleeps = header_->reader_sleeps.load(std::memory_order_seq_cst) != 0 &&
                      header_->reader_sleeps.exchange(0) != 0;
  const uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  // The skipped bytes hold no output.
  full = full || head_ - std::max(tail, start_) >= kDataBytes / 2;
  if (!sleeps && (tail < notified_head_ || !full)) return false;
  notified_head_ = head_;
  return true;
}

bool OutputRingWriter::AwaitRoom() {
  // The writer stores the flag, then loads tail; the reader stores tail, then loads the flag. In
  // the single total order of all seq_cst operations one of the two observes the other's store.
  header_->writer_waits.store(1, std::memory_order_seq_cst);
  const uint64_t tail = header_->tail.load(std::memory_order_seq_cst);
  // A reader that has read everything up to the last notification does not return before the next
  // one.
  if (tail >= notified_head_ || head_ - tail < kDataBytes / 2) return false;
  return syscall(SYS_futex, &header_->writer_waits, FUTEX_WAIT, 1, &kPollInterval, nullptr, 0) ==
             0 ||
         errno != EAGAIN;
}

OutputRingReader::OutputRingReader(void* memory)
    : header_(static_cast<OutputRingHeader*>(memory)), data_(DataOf(memory)) {
  header_->reader_sleeps.store(1);
}

uint64_t OutputRingReader::head() const {
  return header_ == nullptr ? 0 : header_->head.load(std::memory_order_acquire);
}

bool OutputRingReader::Read(uint64_t until, const Sink& sink) {
  if (header_ == nullptr) return true;
  const uint64_t head = std::min(until, this->head());
  if (head <= tail_) return true;
  if (head - tail_ > kDataBytes) return false;
  // The loop wakes the writer once at most, whatever the guest writes; the end wakes it again.
  bool woken = false;
  while (tail_ < head) {
    uint32_t kind = kSkip;
    if (!Gather(head, &kind)) return false;
    // The store precedes the load of writer_waits: see OutputRingWriter::AwaitRoom.
    header_->tail.store(tail_, std::memory_order_seq_cst);
    if (!woken && head - tail_ < kDataBytes / 2) {
      WakeWriter();
      woken = true;
    }
    if (!buffer_.empty()) sink(kind == kStderr, std::exchange(buffer_, {}));
  }
  // The woken writer may have filled the room that there was, and wait again.
  WakeWriter();
  return true;
}

void OutputRingReader::WakeWriter() {
  if (header_->writer_waits.load(std::memory_order_seq_cst) == 0) return;
  header_->writer_waits.store(0, std::memory_order_seq_cst);
  syscall(SYS_futex, &header_->writer_waits, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

bool OutputRingReader::Gather(uint64_t head, uint32_t* kind) {
  buffer_.clear();
  while (tail_ < head) {
    const size_t offset = OffsetOf(tail_);
    RecordHeader record;  // A copy: the guest may change what is there at any time.
    if (head - tail_ < sizeof(record)) return false;
    memcpy(&record, data_ + offset, sizeof(record));
    if (record.kind == kSkip) {
      tail_ += kDataBytes - offset;
      if (tail_ > head) return false;
      continue;
    }
    const size_t space = SpaceFor(record.size);
    if (record.kind > kSkip || record.size > kMaxRecordBytes || space > head - tail_ ||
        space > kDataBytes - offset)
      return false;
    if (!buffer_.empty() && (record.kind != *kind || buffer_.size() + record.size > kGatherBytes))
      return true;
    *kind = record.kind;
    if (buffer_.empty()) buffer_.reserve(std::min<uint64_t>(head - tail_, kGatherBytes));
    buffer_.append(data_ + offset + sizeof(record), record.size);
    tail_ += space;
  }
  return true;
}

bool OutputRingReader::ArmNotification() {
  if (header_ == nullptr) return true;
  // The writer stores head, then loads this flag; the reader stores the flag, then loads head. In
  // the single total order of all seq_cst operations one of the two observes the other's store.
  header_->reader_sleeps.store(1, std::memory_order_seq_cst);
  // A head that went back is a false claim of the guest, and nothing to read.
  return header_->head.load(std::memory_order_seq_cst) <= tail_;
}

void OutputRingReader::DisarmNotification() {
  if (header_ != nullptr) header_->reader_sleeps.store(0, std::memory_order_relaxed);
}

bool OutputRingReader::WriterHadNoMemory() const {
  return header_ != nullptr && header_->no_memory.load(std::memory_order_relaxed) == 1;
}

}  // namespace carrel
