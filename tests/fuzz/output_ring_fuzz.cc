// The output ring of a hostile interpreter. Input: operations on the memory and the reader, one
// byte for each, then its arguments. The memory lies between inaccessible pages, so that a read
// beyond it crashes.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <string>

#include "sandbox/ipc/output_ring.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

constexpr size_t kGuardBytes = 4096;
constexpr size_t kRecordsBytes = kOutputRingBytes - sizeof(OutputRingHeader);
constexpr uint64_t kAll = ~uint64_t{0};

// The operations of a guest and of its host.
enum Step : uint8_t {
  kPrint = 0,        // Stream, two bytes of size: as an honest guest does.
  kScribble = 1,     // Three bytes of offset, one of size, then the bytes.
  kSetHead = 2,      // Eight bytes.
  kMoveHead = 3,     // Four bytes, relative to the host's read position.
  kFillRecords = 4,  // Eight bytes, repeated everywhere: a record's header, e.g.
  kRead = 5,         // Everything.
  kReadUntil = 6,    // Four bytes, relative to the host's read position.
  kSleep = 7,
  kStayAwake = 8,
  kRewind = 9,
  kSteps = 10,
};

// Returns the memory of all inputs, zeroed.
char* Memory() {
  static char* const memory = [] {
    void* all = mmap(nullptr, kOutputRingBytes + 2 * kGuardBytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FUZZ_CHECK(all != MAP_FAILED);
    char* inner = static_cast<char*>(all) + kGuardBytes;
    FUZZ_CHECK(mprotect(inner, kOutputRingBytes, PROT_READ | PROT_WRITE) == 0);
    return inner;
  }();
  FUZZ_CHECK(madvise(memory, kOutputRingBytes, MADV_DONTNEED) == 0);
  return memory;
}

class Ring {
 public:
  explicit Ring(char* memory)
      : memory_(memory), header_(new (memory) OutputRingHeader), reader_(memory), writer_(memory) {}

  // Returns false if the host would kill the guest.
  bool Take(fuzz::FuzzInput* input) {
    switch (input->TakeByte() % kSteps) {
      case kPrint:
        Print(input);
        return true;
      case kScribble: {
        const size_t offset = input->TakeNumber(3) % kOutputRingBytes;
        const absl::string_view bytes = input->TakeBytes(input->TakeByte());
        memcpy(memory_ + offset, bytes.data(), std::min(bytes.size(), kOutputRingBytes - offset));
        honest_ = false;
        return true;
      }
      case kSetHead:
        return SetHead(input->TakeNumber(8));
      case kMoveHead:
        return SetHead(read_ + input->TakeNumber(4));
      case kFillRecords: {
        FillRecords(input->TakeNumber(8));
        return true;
      }
      case kRead:
        return Read(kAll);
      case kReadUntil:
        return Read(read_ + input->TakeNumber(4));
      case kSleep:
        reader_.ArmNotification();
        return true;
      case kRewind:
        writer_.Rewind();
        return true;
      default:
        reader_.DisarmNotification();
        return true;
    }
  }

  // The host's last operations on every ring.
  void Finish() {
    if (!Read(kAll)) return;
    FUZZ_CHECK(!honest_ || (printed_ == seen_));
    FUZZ_CHECK(reader_.ArmNotification());  // Otherwise the host would poll for ever.
  }

 private:
  // Large pieces are faster, since ASan checks each copy.
  void FillRecords(uint64_t word) {
    uint64_t piece[512];
    std::fill(std::begin(piece), std::end(piece), word);
    for (size_t i = sizeof(OutputRingHeader); i < kOutputRingBytes; i += sizeof(piece))
      memcpy(memory_ + i, piece, std::min(sizeof(piece), kOutputRingBytes - i));
    honest_ = false;
  }

  void Print(fuzz::FuzzInput* input) {
    const bool is_stderr = (input->TakeByte() & 1) != 0;
    const std::string text(input->TakeNumber(2) % (kMaxRecordBytes + 1),
                           static_cast<char>('a' + text_++ % 26));
    if (writer_.Append(is_stderr, text)) printed_ += text;
  }

  bool SetHead(uint64_t head) {
    header_->head = head;
    honest_ = false;
    return true;
  }

  bool Read(uint64_t until) {
    const uint64_t head = std::min(until, header_->head.load());
    size_t bytes = 0;
    const bool ok = reader_.Read(until, [&](bool, const std::string& text) {
      FUZZ_CHECK(!text.empty() && text.size() <= kGatherBytes);
      // The text is a copy: later writes of the guest do not change it.
      FUZZ_CHECK(text.data() + text.size() <= memory_ || text.data() >= memory_ + kOutputRingBytes);
      bytes += text.size();
      seen_ += honest_ ? std::string(text) : "";
    });
    FUZZ_CHECK(bytes <= kRecordsBytes);
    // Only `until` may cut an honest guest's records.
    FUZZ_CHECK(ok || !honest_ || until != kAll);
    if (!ok) return false;
    if (head > read_) read_ = head;
    const uint64_t before = header_->head;
    FUZZ_CHECK(reader_.Read(until, [](bool, const std::string&) { FUZZ_CHECK(false); }));
    FUZZ_CHECK(header_->head == before);
    return true;
  }

  char* const memory_;
  OutputRingHeader* const header_;
  OutputRingReader reader_;
  OutputRingWriter writer_;
  uint64_t read_ = 0;  // The position that the reader must have reached.
  bool honest_ = true;
  int text_ = 0;
  std::string printed_, seen_;
};

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  carrel::fuzz::FuzzInput input(data, size);
  carrel::Ring ring(carrel::Memory());
  for (int steps = 0; !input.empty() && steps < 200; ++steps)
    if (!ring.Take(&input)) return 0;
  ring.Finish();
  return 0;
}
