// One file of a workspace, as the host sees it.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_FILE_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "sandbox/files/path_name.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// Distinguishes two states of a file without reading it. The ctime is included because a guest can
// set the size and the mtime as it likes, but not the ctime.
struct FileVersion {
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;

  static FileVersion Of(const struct stat& status);
  friend bool operator==(const FileVersion& a, const FileVersion& b) {
    return a.inode == b.inode && a.size == b.size && a.mtime_ns == b.mtime_ns &&
           a.ctime_ns == b.ctime_ns;
  }
};

// Metadata of a regular file: a copy, so the file itself may have changed since.
struct FileInfo {
  WorkspacePath path;
  int64_t size = 0;        // Apparent size: a sparse file can claim 8 EiB.
  absl::Time update_time;  // The mtime, which the guest can forge.
  std::string sha256;      // Lower-case hex; only from WriteHandle::Commit.
  FileVersion version;

  static FileInfo Of(const WorkspacePath& path, const struct stat& status);
};

// A regular file that is open for reading: one inode, whatever happens to its name. Thread-safe.
// Independent of the Workspace it came from.
class ReadHandle {
 public:
  ReadHandle(FileInfo info, UniqueFd fd) : info_(std::move(info)), fd_(std::move(fd)) {}

  // The metadata at the time of opening.
  const FileInfo& info() const { return info_; }

  // Reads up to buffer.size() bytes at `offset`; fewer only at the current end of the file, 0 if
  // that is at or before `offset`: a file that shrinks while it is read just ends. (It is never
  // mapped, since access to a mapping beyond the end of a file raises SIGBUS.) InvalidArgument if
  // `offset` is negative.
  absl::StatusOr<size_t> ReadAt(int64_t offset, absl::Span<char> buffer) const;

 private:
  FileInfo info_;
  UniqueFd fd_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_FILE_H_
