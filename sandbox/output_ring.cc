#include "sandbox/output_ring.h"

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
constexpr size_t kUnit = 8;  // Records start and end at multiples of it.
static_assert(kDataBytes % kUnit == 0);

constexpr uint32_t kStdout = 0;
constexpr uint32_t kStderr = 1;
// Nothing more until the start of the memory.
constexpr uint32_t kSkip = 2;

struct RecordHeader {
  uint32_t size;  // Of the text that follows.
  uint32_t kind;
};
static_assert(sizeof(RecordHeader) == kUnit);

// Below half, there is room for any record, wherever the writer is.
static_assert(kDataBytes / 2 > 2 * (kMaxRecordBytes + kUnit));
// An empty ring begins anew once it has come this far: little output touches one page.
constexpr size_t kRestartOffset = 2048;
// The reader comes within microseconds. Should it not have been told, whoever is to blame, the
// writer looks for itself.
constexpr timespec kLookAgain{0, 100'000'000};

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

// Where output comes fast it stays where it is: what is skipped takes room until the reader
// has come by.
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
  // Before reader_sleeps is read: see OutputRingReader::Sleep.
  header_->head.store(head_, std::memory_order_seq_cst);
  return true;
}

bool OutputRingWriter::TakeReasonToTell(bool full) {
  const bool sleeps = header_->reader_sleeps.load(std::memory_order_seq_cst) != 0 &&
                      header_->reader_sleeps.exchange(0) != 0;
  const uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  // What was skipped holds nothing.
  full = full || head_ - std::max(tail, start_) >= kDataBytes / 2;
  if (!sleeps && (tail < told_ || !full)) return false;
  told_ = head_;
  return true;
}

bool OutputRingWriter::AwaitRoom() {
  // We store the flag, then load tail; the reader stores tail, then loads the flag. In the one
  // order of all seq_cst operations one of the two sees what the other did.
  header_->writer_waits.store(1, std::memory_order_seq_cst);
  const uint64_t tail = header_->tail.load(std::memory_order_seq_cst);
  // Who has read all of which it was told comes no more until it is told again.
  if (tail >= told_ || head_ - tail < kDataBytes / 2) return false;
  return syscall(SYS_futex, &header_->writer_waits, FUTEX_WAIT, 1, &kLookAgain, nullptr, 0) == 0 ||
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
  bool woken = false;  // Once, whatever the guest writes there, and again at the end.
  while (tail_ < head) {
    uint32_t kind = kSkip;
    if (!Gather(head, &kind)) return false;
    // Before writer_waits is read: see OutputRingWriter::AwaitRoom.
    header_->tail.store(tail_, std::memory_order_seq_cst);
    if (!woken && head - tail_ < kDataBytes / 2) {
      WakeWriter();
      woken = true;
    }
    if (!buffer_.empty()) sink(kind == kStderr, std::exchange(buffer_, {}));
  }
  // Who was woken may have filled the room that there was, and wait for the rest.
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

bool OutputRingReader::Sleep() {
  if (header_ == nullptr) return true;
  // The writer stores head, then loads this flag; we store the flag, then load head. In the
  // one order of all seq_cst operations one of the two sees what the other did.
  header_->reader_sleeps.store(1, std::memory_order_seq_cst);
  // A head that went back is a guest's lie, and nothing to read.
  return header_->head.load(std::memory_order_seq_cst) <= tail_;
}

void OutputRingReader::StayAwake() {
  if (header_ != nullptr) header_->reader_sleeps.store(0, std::memory_order_relaxed);
}

bool OutputRingReader::WriterHadNoMemory() const {
  return header_ != nullptr && header_->no_memory.load(std::memory_order_relaxed) == 1;
}

}  // namespace carrel
