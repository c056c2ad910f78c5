// The changes that a cell made in its workspace: the difference of a snapshot before it and one
// after it.
#ifndef CARREL_SANDBOX_CHANGES_WORKSPACE_SCAN_H_
#define CARREL_SANDBOX_CHANGES_WORKSPACE_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sandbox/files/path_name.h"
#include "sandbox/files/workspace.h"

namespace carrel {

// The regular files of a workspace and their versions, without names that no WorkspacePath can
// have, and without files that programs keep for themselves rather than for the caller (see
// IsPrivateToPrograms). Copyable; one thread at a time.
class Snapshot {
 public:
  static constexpr size_t kMaxEntries = 50'000;
  // The limit of the bytes of all paths together; more files do not fit.
  static constexpr size_t kMaxNameBytes = 3 << 18;

  // An empty snapshot, of a workspace that was just created.
  Snapshot() = default;
  // Reads every file's metadata, not its content; about 1 ms per 1000 files.
  static absl::StatusOr<Snapshot> Take(const Workspace& workspace,
                                       size_t max_entries = kMaxEntries);

  // Records that the host wrote or deleted this file, so it does not count as a change by the next
  // cell. Also right while a cell runs: on the snapshot taken before it.
  void Record(const FileInfo& file);
  void Forget(const WorkspacePath& path);

  // Returns null if there is no such file.
  const FileVersion* Find(const std::string& path) const;
  // Sets the version of one file that was inspected; none: it does not exist.
  void Set(const std::string& path, const absl::optional<FileVersion>& version);
  // Files that had several links when the snapshot was taken.
  const std::vector<std::string>& linked() const { return linked_; }

  size_t size() const { return files_.size(); }
  size_t name_bytes() const { return name_bytes_; }
  // Files are missing: there were more than `max_entries` or kMaxNameBytes, or a directory was
  // unreadable.
  bool truncated() const { return truncated_; }

 private:
  friend struct Changes Diff(const Snapshot& before, const Snapshot& after);
  absl::flat_hash_map<std::string, FileVersion> files_;
  size_t name_bytes_ = 0;
  std::vector<std::string> linked_;
  bool truncated_ = false;
};

// One file that was created, modified or deleted.
struct Change {
  enum class Kind { kCreated, kModified, kDeleted };
  WorkspacePath path;
  Kind kind;
  int64_t size;  // 0 if deleted.
};

// The changes, in byte-wise order of paths.
struct Changes {
  std::vector<Change> list;
  // A snapshot was truncated. The changes in `list` are true, but there may be more.
  bool truncated = false;
};

// Compares two snapshots. A file counts as modified if its inode, size, mtime or ctime differ: so a
// chmod counts, and a rewrite within one tick of the kernel's clock (at most 4 ms) that keeps inode
// and size does not. A renamed file is one deleted and one created.
Changes Diff(const Snapshot& before, const Snapshot& after);

// Returns true if snapshots include a regular file of this name, which may contain any bytes.
bool IsListed(absl::string_view path);

// Returns true for files that are never artifacts: __pycache__ and .ipynb_checkpoints anywhere, and
// at the top (the workspace is also HOME) .cache, .config, .local, .ipython, .jupyter.
bool IsPrivateToPrograms(absl::string_view path);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_WORKSPACE_SCAN_H_
