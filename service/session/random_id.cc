#include "service/session/random_id.h"

#include <sys/random.h>

#include <array>
#include <cstdlib>

namespace carrel {

std::string RandomId() {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<unsigned char, 16> bytes;
  // Up to 256 bytes come whole or not at all.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) abort();
  std::string id;
  for (unsigned char byte : bytes) id.push_back(kAlphabet[byte % 32]);
  return id;
}

}  // namespace carrel
