#include "service/session/random_id.h"

#include <sys/random.h>

#include <array>
#include <cstdlib>

namespace carrel {
namespace {

constexpr size_t kIdBytes = 16;
// Up to 256 bytes, getrandom() returns all or nothing: one system call makes several ids.
constexpr size_t kDrawnBytes = 256;
static_assert(kDrawnBytes % kIdBytes == 0);

// Returns random bytes from which no id was made yet.
const unsigned char* TakeBytes() {
  static thread_local std::array<unsigned char, kDrawnBytes> drawn;
  static thread_local size_t used = kDrawnBytes;
  if (used == kDrawnBytes) {
    if (getrandom(drawn.data(), drawn.size(), 0) != static_cast<ssize_t>(drawn.size())) abort();
    used = 0;
  }
  used += kIdBytes;
  return drawn.data() + used - kIdBytes;
}

}  // namespace

std::string RandomId() {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  const unsigned char* bytes = TakeBytes();
  std::string id(kIdBytes, '\0');
  for (size_t i = 0; i < kIdBytes; ++i) id[i] = kAlphabet[bytes[i] % 32];
  return id;
}

}  // namespace carrel
