#include "sandbox/files/hash_file.h"

#include <limits>
#include <vector>

#include "absl/types/span.h"

namespace carrel {

absl::optional<absl::StatusOr<std::string>> FileHash::Step(const ReadHandle& file, int64_t bytes) {
  const auto too_large = [] { return absl::ResourceExhaustedError("too large to be hashed"); };
  if (file.info().size > max_bytes_) return {too_large()};
  std::vector<char> buffer(256 << 10);
  for (int64_t left = bytes; left > 0;) {
    absl::StatusOr<size_t> count = file.ReadAt(offset_, absl::MakeSpan(buffer));
    if (!count.ok()) return {count.status()};
    if (*count == 0) return {hash_.HexDigest()};
    offset_ += static_cast<int64_t>(*count);
    left -= static_cast<int64_t>(*count);
    if (offset_ > max_bytes_) return {too_large()};  // The file grows while it is read.
    hash_.Update(absl::string_view(buffer.data(), *count));
  }
  return absl::nullopt;
}

absl::StatusOr<std::string> HashFile(const ReadHandle& file, int64_t max_bytes) {
  return *FileHash(max_bytes).Step(file, std::numeric_limits<int64_t>::max());
}

}  // namespace carrel
