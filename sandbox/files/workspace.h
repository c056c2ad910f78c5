// A session's files. START HERE for anything that reads or writes them.
//
//   <data>/sessions/<id>/            root's, 0711     (the "session directory")
//       files/                       the session's own uid, 0700: /mnt/data
//       incoming/                    the server's, 0700: uploads under way
//       private/{tmp,shm}/           the session's own, 0700: its /tmp and /dev/shm where
//                                    nothing can be mounted
//
// The guest owns files/ and changes it while the host reads it; every access goes through
// beneath.h. An upload is written in incoming/, which the guest cannot see, and renamed into files/
// when it is whole.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sandbox/files/beneath.h"
#include "sandbox/files/path_name.h"
#include "sandbox/files/workspace_file.h"
#include "sandbox/files/workspace_quota.h"
#include "sandbox/files/workspace_write.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// The selection of files to list.
struct ListOptions {
  // Only files below this directory; all if none.
  absl::optional<WorkspacePath> folder;
  // Only files whose path is greater, byte by byte; all if empty. It need not exist.
  std::string after_path;
  // The maximum number of files.
  size_t limit = 100;
  // The maximum number of directory entries that are visited.
  size_t max_entries = 200'000;
};

// A page of regular files, in byte-wise order of their paths.
struct Listing {
  std::vector<FileInfo> files;
  // There are more files: list again with the last path as `after_path`.
  bool more = false;
  // The number of entries that no WorkspacePath can name (newlines, not UTF-8, too deep, …).
  int64_t skipped = 0;
  // Files are missing from this list: max_entries was reached, or a directory could not be read.
  bool truncated = false;
};

// Thread-safe. Blocks on the disk, never on the guest. A session directory has one object at a
// time, which holds the quota. Keeps nothing open between calls, as there may be thousands of
// sessions. Handles keep their Workspace alive; once the directory has been destroyed they fail and
// do no harm.
//
// Errors name paths within the workspace, never the host's. See beneath.h.
class Workspace : public std::enable_shared_from_this<Workspace> {
 public:
  // Makes `session_directory` (its parent must exist, and no guest may control its path) and an
  // empty workspace in it, owned by `owner`. AlreadyExists if it has a workspace already.
  static absl::StatusOr<std::shared_ptr<Workspace>> Create(const std::string& session_directory,
                                                           FileOwner owner, WorkspaceLimits limits);

  // Opens an existing workspace after a restart; uploads that were under way are discarded.
  // NotFound if there is none; FailedPrecondition if files/ is not `owner`'s.
  static absl::StatusOr<std::shared_ptr<Workspace>> Open(const std::string& session_directory,
                                                         FileOwner owner, WorkspaceLimits limits);

  // Deletes the session directory and everything in it, however deep and odd. Called when the
  // session's processes are gone. OK if it does not exist.
  static absl::Status Destroy(const std::string& session_directory);

  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Returns the metadata of a regular file; FailedPrecondition for anything else of that name.
  absl::StatusOr<FileInfo> Stat(const WorkspacePath& path) const;

  // Opens a regular file for reading. FIFOs, sockets and devices are refused without being opened.
  absl::StatusOr<ReadHandle> OpenForRead(const WorkspacePath& path) const;

  // Starts an upload that will replace `path`, or create it and the directories above it.
  // FailedPrecondition if `path` exists and is not a regular file. ResourceExhausted if the quota
  // does not allow options.size more bytes, or one more entry for each component of `path`; a file
  // that will be replaced counts until it is.
  absl::StatusOr<std::unique_ptr<WriteHandle>> BeginWrite(const WorkspacePath& path,
                                                          const WriteOptions& options = {});

  // Deletes a file, symlink, FIFO or socket, never the target of a symlink. NotFound if there is
  // none, FailedPrecondition for a directory.
  absl::Status Delete(const WorkspacePath& path);

  // Lists regular files at any depth, without following symlinks. NotFound or FailedPrecondition if
  // options.folder is not a directory. Changes that the guest makes meanwhile may or may not be
  // seen.
  absl::StatusOr<Listing> List(const ListOptions& options) const;

  // Measures the disk usage by walking the whole workspace: see MeasureFolder. For the watchdog: a
  // result with `complete` false must be taken as over the limit, since only a workspace with more
  // than `max_entries` entries, or made to hide from this walk, has one. Files that are deleted but
  // still open are not included. FailedPrecondition if its owner keeps this process from reading
  // it.
  absl::StatusOr<WorkspaceUsage> Measure(size_t max_entries = 200'000) const;

  // The same for the session's /tmp and /dev/shm; an empty result if they are mounts.
  absl::StatusOr<WorkspaceUsage> MeasureTemporary(size_t max_entries = 200'000) const;

  // Deletes everything in the session's /tmp and /dev/shm. Called when its processes are gone: the
  // next interpreter finds them empty.
  absl::Status ClearTemporary();

  // Opens files/. NotFound once the directory has been destroyed.
  absl::StatusOr<UniqueFd> OpenFiles() const;
  FileOwner owner() const { return owner_; }
  const WorkspaceLimits& limits() const { return quota_->limits(); }

 private:
  friend class WriteHandle;
  Workspace(std::string directory, FileOwner owner, WorkspaceLimits limits);
  absl::StatusOr<UniqueFd> OpenFolder(const char* name) const;
  absl::StatusOr<UniqueFd> OpenIncoming() const;
  // True if the session's /tmp and /dev/shm are directories in private/.
  bool has_temporary() const { return limits().max_temporary_bytes > 0; }
  // Rejects a path that an upload could not replace.
  absl::Status CheckReplaceable(const WorkspacePath& path) const;
  // Updates the quota's record of the usage. ResourceExhausted if the workspace is too large to
  // measure.
  absl::Status RefreshUsage();

  const std::string directory_;  // The session directory.
  const FileOwner owner_;
  const std::unique_ptr<WorkspaceQuota> quota_;
  std::atomic<uint64_t> next_upload_{0};  // Names the files in incoming/.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_H_
