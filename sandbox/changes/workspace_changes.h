// The changes in a workspace from cell to cell, without a full scan for each.
#ifndef CARREL_SANDBOX_CHANGES_WORKSPACE_CHANGES_H_
#define CARREL_SANDBOX_CHANGES_WORKSPACE_CHANGES_H_

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "sandbox/changes/change_hub.h"
#include "sandbox/changes/workspace_scan.h"

namespace carrel {

// Keeps the snapshot of a workspace, and learns by inotify which names may differ from it. It finds
// the changes that two full snapshots would show, as follows:
//
// - Every directory is watched before it is read, also those that are in no snapshot: a file can be
//   opened, linked and moved from there.
// - Writes to a mapping cause no event. But a process that maps a file has opened it, which causes
//   one, and the release of descriptor and mapping causes another. Between these two the file is
//   *unsettled* (not reconciled), and inspected after each cell. Events cannot be counted, since
//   the kernel merges equal ones; so Reconcile asks the kernel whether a file has writers left.
// - A link is one more name, which the events of a file's other names do not report: files with
//   links are inspected after each cell, and a new link causes a full scan.
// - A name that came and went, or was in a directory that was not watched yet, may have been such a
//   link; a name that has events but does not exist belongs to an inode that may have another name
//   (unlinked while open, or O_TMPFILE). These cause a full scan, too.
//
// This leaves a guest that takes pains to hide what it does to its own file: within one cell it
// opens the file, gives it a second name, and gives another file the first name; later it opens the
// open file once more, and never closes that. Hence `longest_trust`: a full scan is made that
// often, if there are events at all.
//
// When events were lost, the workspace is scanned and watched anew. When that happens too often, or
// there are too many directories, no inotify, a file system that is not known to keep these
// promises, or a /tmp beside the workspace (any isolation mode but the native one), the object
// *retires*: it falls back to a full scan in every Collect. The results of Collect are the same in
// either case.
class WorkspaceChanges {
 public:
  struct Options {
    // The entries beyond which a snapshot is truncated. 0: the limit of the workspace, within
    // bounds.
    size_t max_entries = 0;
    std::chrono::seconds longest_trust{300};
  };

  // The workspace was just created and is empty. Touches the disk. `hub` may be null, and must
  // outlive this object otherwise.
  WorkspaceChanges(std::shared_ptr<Workspace> workspace, ChangeHub* hub)
      : WorkspaceChanges(std::move(workspace), hub, Options()) {}
  WorkspaceChanges(std::shared_ptr<Workspace> workspace, ChangeHub* hub, Options options);

  // The following may be called on any thread, and never touch the disk.

  // Returns true if Collect would find nothing.
  bool IsUnchanged();
  // Returns true if the workspace cannot have grown since the last call that gave the same `stamp`.
  bool IsStill(uint64_t* stamp);
  // Makes ChangeHub::Tick call `call`, once, when there are events that are not in `stamp`; null
  // cancels that.
  void CallWhenActive(uint64_t stamp, std::function<void()> call);
  // Calls ChangeHub::PollOften. On the loop.
  void PollOften();

  // The following are called on one thread at a time; they touch the disk.

  // Returns the changes since the last Collect.
  absl::StatusOr<Changes> Collect();
  // Finds out which files are open for writing. Called after each Collect and after the reading of
  // the files that it found; until then IsUnchanged returns false.
  void Reconcile();
  // Records that the host wrote or deleted a file; see Snapshot.
  void Record(const FileInfo& file) { snapshot_.Record(file); }
  void Forget(const WorkspacePath& path) { snapshot_.Forget(path); }
  // Stops watching, since the files will be deleted. (The events of that would fill the queue.)
  void Stop() { FallBackToFullScans(); }

  // The number of full scans, for tests.
  int full_scans() const { return full_scans_; }
  bool retired() const { return full_scans_only_; }

 private:
  using Names = absl::flat_hash_map<std::string, uint16_t>;  // NameBits by path
  using Found = std::vector<std::pair<std::string, absl::optional<FileVersion>>>;

  absl::StatusOr<Changes> ScanAll();
  // Returns nothing if the names do not suffice.
  absl::optional<Found> InspectNames(const Names& names) const;
  bool SaysEnough(const std::string& path, uint16_t bits,
                  const absl::StatusOr<struct stat>& status) const;
  Changes Apply(const Found& found);
  absl::StatusOr<Changes> StartAnew(int penalty);
  void FallBackToFullScans();
  bool Watch(int folder, const std::string& path);
  // Watches a directory and all below it; adds the regular files to `files`. Returns false if it
  // cannot.
  bool WatchBelow(const std::string& path, Names* files);
  bool WatchNewFolders(Names* names);
  void ReconcileSome(const std::vector<std::string>& paths);

  const std::shared_ptr<Workspace> workspace_;
  const Options options_;             // All fields are set.
  std::unique_ptr<ChangeFeed> feed_;  // Set in the constructor; may be null.
  bool full_scans_only_ = false;
  int penalty_ = 0;
  bool must_scan_ = false;
  std::chrono::steady_clock::time_point scanned_ = std::chrono::steady_clock::now();
  int full_scans_ = 0;
  Snapshot snapshot_;
  absl::flat_hash_set<std::string> unreconciled_;
  // A file stays here when it has one link again: a descriptor opened by the deleted name may be
  // left.
  absl::flat_hash_set<std::string> linked_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_WORKSPACE_CHANGES_H_
