// An upload to a workspace.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_WRITE_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_WRITE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sandbox/files/path_name.h"
#include "sandbox/files/sha256.h"
#include "sandbox/files/workspace_file.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

class Workspace;

// Properties of an upload that the caller promises.
struct WriteOptions {
  // The size, if known: an upload for which there is no room is then refused at once. Room is
  // reserved as the bytes come: a caller that announces many and sends none takes it from nobody.
  absl::optional<int64_t> size;
  // The SHA-256 in lower-case hexadecimal; empty if unknown.
  std::string sha256;
};

// An upload under way, from Workspace::BeginWrite. The bytes collect where the guest cannot see
// them; Commit makes the whole file appear under its name. Without Commit the destructor discards
// it. One thread at a time; keeps its Workspace alive.
class WriteHandle {
 public:
  ~WriteHandle();
  WriteHandle(const WriteHandle&) = delete;
  WriteHandle& operator=(const WriteHandle&) = delete;

  // Appends bytes. ResourceExhausted over the quota or on a full disk; InvalidArgument beyond the
  // promised size. After an error the upload can only be discarded.
  absl::Status Append(absl::string_view data);

  // Puts the file in place, mode 0644, owned by the session, and makes missing directories; an old
  // file of that name is replaced in one step. Aborted if size or hash are not as promised;
  // FailedPrecondition if a symlink, directory, FIFO, … is in the way. Only once.
  absl::StatusOr<FileInfo> Commit();

  // Bytes appended so far.
  int64_t size() const { return size_; }

 private:
  friend class Workspace;
  WriteHandle(std::shared_ptr<Workspace> workspace, WorkspacePath path, WriteOptions options);
  // Makes the temporary file.
  absl::Status Start();
  absl::Status ReserveUpTo(int64_t size);
  absl::Status CheckPromises(absl::string_view sha256) const;
  // Renames the temporary file into place.
  absl::StatusOr<struct stat> Publish();

  const std::shared_ptr<Workspace> workspace_;
  const WorkspacePath path_;
  const WriteOptions options_;
  UniqueFd incoming_;      // The directory incoming/.
  std::string temporary_;  // The name of the file in it; empty if there is none.
  UniqueFd fd_;
  Sha256 hash_;
  int64_t size_ = 0;
  int64_t reserved_bytes_ = 0;
  int64_t reserved_entries_ = 0;
  absl::Status status_;  // The first error.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_WRITE_H_
