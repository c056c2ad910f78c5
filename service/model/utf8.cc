#include "service/model/utf8.h"

#include <cstdint>

#include "sandbox/files/path_name.h"

namespace carrel {
namespace {

// Returns the length that a character starting with `lead` would have; 0 if none can.
size_t LengthFromLead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

std::string SanitizeUtf8(absl::string_view bytes, size_t max_bytes) {
  if (bytes.size() <= max_bytes && IsValidUtf8(bytes)) return std::string(bytes);
  static constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  while (!bytes.empty()) {
    size_t length = LengthFromLead(static_cast<unsigned char>(bytes[0]));
    bool valid = length > 0 && length <= bytes.size() && IsValidUtf8(bytes.substr(0, length));
    absl::string_view piece = valid ? bytes.substr(0, length) : kReplacement;
    if (out.size() + piece.size() > max_bytes) break;
    out.append(piece.data(), piece.size());
    bytes.remove_prefix(valid ? length : 1);
  }
  return out;
}

}  // namespace carrel
