#include "sandbox/workspace/hash_file.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sandbox/parsing/sha256.h"

namespace carrel {

absl::StatusOr<std::string> HashFile(const ReadHandle& file, int64_t max_bytes) {
  const auto too_large = [] { return absl::ResourceExhaustedError("too large to be hashed"); };
  if (file.info().size > max_bytes) return too_large();
  Sha256 hash;
  std::vector<char> buffer(256 << 10);
  int64_t offset = 0;
  while (true) {
    absl::StatusOr<size_t> count = file.ReadAt(offset, absl::MakeSpan(buffer));
    if (!count.ok()) return count.status();
    if (*count == 0) return hash.HexDigest();
    offset += static_cast<int64_t>(*count);
    if (offset > max_bytes) return too_large();  // It grows while it is read.
    hash.Update(absl::string_view(buffer.data(), *count));
  }
}

}  // namespace carrel
