// Code that every fuzz target uses: a check that stays in every build, and a reader that takes
// numbers and bytes off the front of an input.
#ifndef CARREL_TESTS_FUZZ_FUZZ_INPUT_H_
#define CARREL_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

// Ends the program if a promise does not hold; the engine then keeps the input.
#define FUZZ_CHECK(condition)                                                        \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                       \
    }                                                                                \
  } while (false)

namespace carrel::fuzz {

// Reads an input from its front. Bytes beyond the end read as zeros.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(size > 0 ? reinterpret_cast<const char*>(data) : "", size) {}

  uint8_t TakeByte() {
    if (rest_.empty()) return 0;
    auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  // Little-endian.
  uint64_t TakeNumber(int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= static_cast<uint64_t>(TakeByte()) << (8 * i);
    return value;
  }
  // Returns fewer bytes if fewer are left.
  absl::string_view TakeBytes(size_t count) {
    absl::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  absl::string_view TakeRest() { return TakeBytes(rest_.size()); }
  bool empty() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

// The sizes of the pieces in which a stream arrives, derived from one byte. 0 means all at once, 1
// means byte by byte.
class Pieces {
 public:
  explicit Pieces(uint8_t way) : way_(way), state_(way) {}

  size_t Next(size_t left) {
    if (way_ == 0) return left;
    if (way_ == 1) return std::min<size_t>(1, left);
    state_ = state_ * 1664525u + 1013904223u;
    return std::min<size_t>(1 + (state_ >> 16) % (way_ * 8u), left);
  }

 private:
  const uint8_t way_;
  uint32_t state_;
};

}  // namespace carrel::fuzz

#endif  // CARREL_TESTS_FUZZ_FUZZ_INPUT_H_
