// What changes in a workspace from cell to cell, without looking at all of it each time.
#ifndef CARREL_SANDBOX_WORKSPACE_WORKSPACE_CHANGES_H_
#define CARREL_SANDBOX_WORKSPACE_WORKSPACE_CHANGES_H_

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
#include "sandbox/workspace/change_hub.h"
#include "sandbox/workspace/workspace_scan.h"

namespace carrel {

// Keeps the snapshot of a workspace, and by inotify learns which names may differ from it. It finds
// what two full snapshots would show, and needs for that:
//
// - Every folder is watched before it is read, also those that are in no snapshot: a file can be
//   opened, linked and moved from there.
// - A mapping is written to in silence. But whoever maps a file has opened it, of which there is
//   an event, and when descriptor and mapping are gone there is another. Between these a
//   file is *unsettled*, and looked at after each cell. Events cannot be counted, since the
//   kernel merges equal ones; so Settle asks the kernel whether a file has writers left.
// - A link is one more name for what a file's events do not tell of: files with links are looked at
//   after each cell, and a new link has everything looked at.
// - A name that came and went, or was in a folder that nobody watched yet, may have been such a
//   link; one that events tell of and that is not there belongs to an inode that may have another
//   (deleted but open, or O_TMPFILE). Then everything is looked at, too.
//
// What is left is a guest that takes pains to hide what it does to its own file: within one cell it
// opens it, gives it a second name and another file the first; later it opens what it
// has open once more, and never closes that. Hence `longest_trust`: everything is looked
// at that often, if there is news at all.
//
// When news was lost, everything is looked at and watched anew. When that happens too often, or
// there are too many folders, no inotify, a file system that is not known to keep these promises,
// or a /tmp beside the workspace (any lane but the native one), it *retires*: from then on every
// Collect looks at everything. Which of these it is makes no difference to what Collect returns.
class WorkspaceChanges {
 public:
  struct Options {
    // More than that are a truncated snapshot. 0: what the workspace may hold, within bounds.
    size_t max_entries = 0;
    std::chrono::seconds longest_trust{300};
  };

  // Of a workspace that was just created and is empty. Touches the disk. `hub` may be null, and
  // must live longer otherwise.
  WorkspaceChanges(std::shared_ptr<Workspace> workspace, ChangeHub* hub)
      : WorkspaceChanges(std::move(workspace), hub, Options()) {}
  WorkspaceChanges(std::shared_ptr<Workspace> workspace, ChangeHub* hub, Options options);

  // On any thread; these never touch the disk.

  // True if Collect would find nothing.
  bool IsUnchanged();
  // True if the workspace cannot have grown since the last call that gave the same `stamp`.
  bool IsStill(uint64_t* stamp);
  // Has ChangeHub::Tick call `call`, once, if something happens that is not in `stamp`; null: no
  // more.
  void CallWhenActive(uint64_t stamp, std::function<void()> call);
  // See ChangeHub. On the loop.
  void LookClosely();

  // On one thread at a time; these touch the disk.

  // What has changed since the last Collect.
  absl::StatusOr<Changes> Collect();
  // Finds out which files are open for writing. After each Collect, and what was read for it; until
  // then nothing IsUnchanged.
  void Settle();
  // The host wrote or deleted a file; see Snapshot.
  void Record(const FileInfo& file) { snapshot_.Record(file); }
  void Forget(const WorkspacePath& path) { snapshot_.Forget(path); }
  // The files will be deleted: watches nothing any more. (Or the queue would fill with that.)
  void Stop() { Retire(); }

  // For tests: how often everything was looked at.
  int looks_at_all() const { return looks_at_all_; }
  bool retired() const { return retired_; }

 private:
  using Names = absl::flat_hash_map<std::string, uint16_t>;  // NameBits by path
  using Found = std::vector<std::pair<std::string, absl::optional<FileVersion>>>;

  absl::StatusOr<Changes> LookAtAll();
  // Nothing if that does not say enough.
  absl::optional<Found> LookAtNames(const Names& names) const;
  bool SaysEnough(const std::string& path, uint16_t bits,
                  const absl::StatusOr<struct stat>& status) const;
  Changes Apply(const Found& found);
  absl::StatusOr<Changes> StartAnew(int strikes);
  void Retire();
  bool Watch(int folder, const std::string& path);
  // Watches a folder and all below it; `files` gets the regular files. False if it cannot.
  bool WatchBelow(const std::string& path, Names* files);
  bool WatchNewFolders(Names* names);
  void SettleSome(const std::vector<std::string>& paths);

  const std::shared_ptr<Workspace> workspace_;
  const Options options_;             // Complete.
  std::unique_ptr<ChangeFeed> feed_;  // Set in the constructor; may be null.
  bool retired_ = false;
  int strikes_ = 0;
  bool must_look_ = false;
  std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
  int looks_at_all_ = 0;
  Snapshot snapshot_;
  absl::flat_hash_set<std::string> unsettled_;
  // Once linked, always: a descriptor by a name that was deleted may be left.
  absl::flat_hash_set<std::string> linked_;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_WORKSPACE_CHANGES_H_
