// The SHA-256 of files of a workspace.
#ifndef CARREL_SANDBOX_FILES_HASH_FILE_H_
#define CARREL_SANDBOX_FILES_HASH_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "sandbox/files/sha256.h"
#include "sandbox/files/workspace_file.h"

namespace carrel {

// Hashes a file piece by piece. Blocks on the disk; one thread at a time.
class FileHash {
 public:
  explicit FileHash(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Continues with about `bytes` bytes of `file`, which must be the same each time. Once it is
  // done, returns the digest of the content, as it was when it was read; ResourceExhausted if that
  // is more than `max_bytes`.
  absl::optional<absl::StatusOr<std::string>> Step(const ReadHandle& file, int64_t bytes);

 private:
  int64_t max_bytes_;
  int64_t offset_ = 0;
  Sha256 hash_;
};

// Returns the digest of a file's content as it is now. ResourceExhausted, without reading all of
// it, if that is more than `max_bytes`. Blocks on the disk.
absl::StatusOr<std::string> HashFile(const ReadHandle& file, int64_t max_bytes);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_HASH_FILE_H_
