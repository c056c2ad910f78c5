// The SHA-256 of files of a workspace.
#ifndef CARREL_SANDBOX_WORKSPACE_HASH_FILE_H_
#define CARREL_SANDBOX_WORKSPACE_HASH_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "sandbox/workspace/workspace_file.h"

namespace carrel {

// The digest of a file's content as it is now. ResourceExhausted, without
// reading all of it, if that is more than `max_bytes`. Blocks on the disk.
absl::StatusOr<std::string> HashFile(const ReadHandle& file, int64_t max_bytes);

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_HASH_FILE_H_
