// Changes of names in directories, as reported by the kernel: one inotify instance is shared by
// many workspaces, since a user may have few instances (128 by default).
#ifndef CARREL_SANDBOX_CHANGES_CHANGE_QUEUE_H_
#define CARREL_SANDBOX_CHANGES_CHANGE_QUEUE_H_

#include <sys/inotify.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "sandbox/changes/changed_names.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

struct ChangeEvents {
  // NameBits by path in the workspace.
  ChangedNames::Bits names;
  // The changes are unknown: the whole workspace has to be scanned, and watched anew.
  bool lost = false;
  // The penalty for the part of that which the workspace has caused itself.
  int penalty = 0;
};

// A thread-safe queue. Functions that read the kernel's queue are marked (reads): that takes a
// bounded time, however much is written there, and never waits for a disk, so they may be called on
// the loop. There is no other reader: a flooding guest wakes no thread. A queue that has
// overflowed, or holds more than one call may read, is discarded, and all of its workspaces have
// `lost`; so has a workspace that fills half of it between two reads, or has too many names. A
// workspace that has `lost` is not watched until Restart: its events would be useless, and each
// costs the guest's system call time.
//
// Events are in the queue before the system call that causes them returns. The kernel merges equal
// events that follow each other, so they cannot be counted.
class ChangeQueue {
 public:
  using Id = uint64_t;
  static constexpr size_t kMaxWatches = 1024;         // Directories of one workspace.
  static constexpr size_t kMaxPathBytes = 3 << 18;    // Their paths.
  static constexpr size_t kMaxBytesRead = 1 << 20;    // Bytes of events in one read.
  static constexpr size_t kFloodEvents = 8192;        // Events of one workspace in one read.
  static constexpr int kPenaltyOfFlood = 8;           // The penalty for a flood.
  static constexpr int kPenaltyOfNames = 2;           // The penalty for too many names.
  static constexpr int kPenaltyOfMovedDirectory = 1;  // The penalty for a renamed directory.

  // All workspaces of a queue together watch `most_watches` directories at most.
  explicit ChangeQueue(size_t most_watches = SIZE_MAX);
  ChangeQueue(const ChangeQueue&) = delete;
  ChangeQueue& operator=(const ChangeQueue&) = delete;

  // Adds a workspace without watches; it has `lost` until Restart. Must not be called on the loop.
  Id Add();
  // Removes a workspace and its watches. Called before its files are deleted, since the events of
  // that would crowd out others'. Must not be called on the loop.
  void Remove(Id id);
  size_t size() const;

  // Removes the watches and the events of a workspace: from now on, events in the directories that
  // are watched next are reported. Must not be called on the loop.
  void Restart(Id id);
  // Watches an open directory (O_PATH suffices) under this path. Returns false if it cannot be
  // watched, or there are too many. Must not be called on the loop.
  bool Watch(Id id, int folder, const std::string& path);

  // (reads) Takes the events of a workspace, which is unreconciled until the next Reconcile.
  ChangeEvents Take(Id id);
  // (reads) Forgets that the files `opened` were opened, until now: the caller checks whether they
  // are open for writing. The names in `gone` did not exist; those that are kGone count as checked,
  // too.
  void ForgetOpened(Id id, absl::Span<const std::string> opened,
                    absl::Span<const std::string> gone);
  // Returns the names that are kUnchecked.
  std::vector<std::string> Unchecked(Id id) const;

  // Records the result of a reconciliation. `settled`: nothing can be written to without being
  // opened first. `has_links`: some files have to be inspected after each cell even so.
  void Reconcile(Id id, bool settled, bool has_links);
  // (reads) Returns true if there are no events since the reconciliation, and no links.
  bool IsQuiet(Id id);
  // (reads) Returns true if nothing can have grown since an earlier call that gave the same
  // `stamp`.
  bool IsStill(Id id, uint64_t* stamp);
  // Makes Tick call `call`, once, when there are events since `stamp`. Null cancels that.
  void CallWhenActive(Id id, uint64_t stamp, std::function<void()> call);
  // (reads) Called now and then to keep the kernel's queue short.
  void Tick();

  // The descriptor of the instance, for tests.
  int fd() const;

 private:
  struct Workspace {
    ChangedNames names;
    bool lost = false;
    int penalty = 0;
    absl::flat_hash_set<int> watches;
    size_t watch_bytes = 0;
    size_t events_read = 0;  // The number of events in the current read.
    uint64_t stamp = 0;      // Counts events that may make it grow; being opened alone does not.
    bool settled = false;
    bool has_links = false;
    std::function<void()> call;
    bool due = false;  // The workspace is in due_.
  };
  struct Watched {
    Id id;
    std::string path;
  };

  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Handle(const struct inotify_event& event, absl::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lose(Workspace* workspace, int penalty) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopFloods(size_t least_events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDue(Id id, Workspace* workspace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveWatches(Workspace* workspace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ThrowAway() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes discarded instances, which can take long.
  void CloseDiscarded() ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t most_watches_;
  mutable absl::Mutex mutex_;
  UniqueFd fd_ ABSL_GUARDED_BY(mutex_);
  std::vector<UniqueFd> discarded_ ABSL_GUARDED_BY(mutex_);
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Id, Workspace> workspaces_ ABSL_GUARDED_BY(mutex_);
  // The key is a watch descriptor, which the kernel does not reuse.
  absl::flat_hash_map<int, Watched> watched_ ABSL_GUARDED_BY(mutex_);
  // Workspaces that have events in the current read.
  std::vector<Id> active_ ABSL_GUARDED_BY(mutex_);
  // Workspaces whose `call` is due.
  std::vector<Id> due_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_CHANGE_QUEUE_H_
