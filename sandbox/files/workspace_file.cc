#include "sandbox/files/workspace_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "absl/status/status.h"
#include "sandbox/files/beneath.h"

namespace carrel {
namespace {

// Saturates: a guest can give a file an mtime in the year 2446.
int64_t Nanoseconds(const struct timespec& time) {
  return absl::ToUnixNanos(absl::TimeFromTimespec(time));
}

}  // namespace

FileVersion FileVersion::Of(const struct stat& status) {
  FileVersion version;
  version.inode = status.st_ino;
  version.size = status.st_size;
  version.mtime_ns = Nanoseconds(status.st_mtim);
  version.ctime_ns = Nanoseconds(status.st_ctim);
  return version;
}

FileInfo FileInfo::Of(const WorkspacePath& path, const struct stat& status) {
  return FileInfo{path, status.st_size, absl::TimeFromTimespec(status.st_mtim), std::string(),
                  FileVersion::Of(status)};
}

absl::StatusOr<size_t> ReadHandle::ReadAt(int64_t offset, absl::Span<char> buffer) const {
  if (offset < 0) return absl::InvalidArgumentError("the offset is negative");
  // Nothing exists past the largest offset that a file can have.
  const int64_t largest = std::numeric_limits<int64_t>::max();
  const size_t wanted = static_cast<size_t>(
      std::min<uint64_t>(buffer.size(), static_cast<uint64_t>(largest - offset)));
  size_t done = 0;
  while (done < wanted) {
    const ssize_t count =
        pread(fd_.get(), buffer.data() + done, wanted - done, offset + static_cast<int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, info_.path.str());
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

}  // namespace carrel
