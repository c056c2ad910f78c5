// What the kernel tells of names that change in folders: one inotify instance, shared by
// many workspaces, since a user may have few instances (128 by default).
#ifndef CARREL_SANDBOX_WORKSPACE_CHANGE_QUEUE_H_
#define CARREL_SANDBOX_WORKSPACE_CHANGE_QUEUE_H_

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
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// What was told of one name; bits of ChangeNews::names.
enum NameBits : uint16_t {
  kOpened = 1,       // By anybody, for anything; the kernel does not say for what.
  kChanged = 2,      // Written by a system call, truncated, or its attributes set.
  kClosed = 4,       // Of something that was open for writing, or mapped so, the last is gone.
  kAppeared = 8,     // Created, linked or moved here.
  kVanished = 16,    // Deleted or moved away.
  kGone = 32,        // And has not appeared since; or was exchanged.
  kGhost = 64,       // Opened or changed when it was gone: an inode that may have another name.
  kFolder = 128,     // With kAppeared: a folder, which is not watched yet.
  kUnchecked = 256,  // It may be open for writing.
  kShortLived = 512  // An inode appeared, and then its name was deleted or replaced.
};

struct ChangeNews {
  // By path in the workspace, of any bytes.
  absl::flat_hash_map<std::string, uint16_t> names;
  // It cannot be told what has changed: everything has to be looked at, and watched anew.
  bool lost = false;
  // How much of that is the workspace's own doing.
  int strikes = 0;
};

// Thread-safe. What reads the kernel's queue is marked (reads): it takes a bounded time, however
// much is written there, and never waits for a disk, so it may be called on the loop. There is no
// other reader: nobody is woken by a guest that floods. A queue that has run over, or holds more
// than one look may read, is thrown away, and all of its workspaces have `lost`; so has one that
// fills half of it between two looks, or has too many names. Who has `lost` is not watched until
// Restart: nothing is to be learned of it, and each event costs the guest's call its time.
//
// Events are in the queue before the system call that causes them returns. Equal ones that follow
// each other are merged by the kernel, so they cannot be counted.
class ChangeQueue {
 public:
  using Id = uint64_t;
  static constexpr size_t kMaxWatches = 1024;       // Folders of one workspace.
  static constexpr size_t kMaxNames = 4096;         // Untaken names of one workspace,
  static constexpr size_t kMaxNameBytes = 1 << 20;  // and their bytes.
  static constexpr size_t kMaxBytesRead = 1 << 20;  // In one look.
  static constexpr size_t kFloodEvents = 8192;      // Of one workspace, in one look.
  static constexpr int kStrikeOfFlood = 8;          // The strikes of ChangeNews: for a flood,
  static constexpr int kStrikeOfNames = 2;          // for too many names,
  static constexpr int kStrikeOfMovedFolder = 1;    // for a folder that was renamed.

  // All of its workspaces together watch `most_watches` folders at most.
  explicit ChangeQueue(size_t most_watches = SIZE_MAX);
  ChangeQueue(const ChangeQueue&) = delete;
  ChangeQueue& operator=(const ChangeQueue&) = delete;

  // A new workspace, without watches; `lost` until Restart. Not on the loop.
  Id Add();
  // Removes its watches and forgets it. Before its files are deleted, or their events
  // would crowd out others'. Not on the loop.
  void Remove(Id id);
  size_t size() const;

  // Removes its watches and its news: from now on, what happens in the folders that are
  // watched next is told. Not on the loop.
  void Restart(Id id);
  // Watches a folder that is open (O_PATH will do) under this path. False if it cannot be
  // watched, or there are too many. Not on the loop.
  bool Watch(Id id, int folder, const std::string& path);

  // (reads) Takes the news of a workspace, which from now on is not settled.
  ChangeNews Take(Id id);
  // (reads) Forgets that the files `opened` were opened, until now: whether they are open for
  // writing is being checked. Of `gone`, which were not there, those that are kGone are checked
  // with that.
  void ForgetOpened(Id id, absl::Span<const std::string> opened,
                    absl::Span<const std::string> gone);
  // Names that are kUnchecked.
  std::vector<std::string> Unchecked(Id id) const;

  // What its owner found out. `settled`: nothing can be written to but by opening it first.
  // `has_links`: some files have to be looked at even so.
  void Settle(Id id, bool settled, bool has_links);
  // (reads) There is no news since it was settled, and no link.
  bool IsQuiet(Id id);
  // (reads) Nothing can have grown since an earlier call that gave the same `stamp`.
  bool IsStill(Id id, uint64_t* stamp);
  // Have Tick call this, once, when there is news since `stamp`. Null: no more.
  void CallWhenActive(Id id, uint64_t stamp, std::function<void()> call);
  // (reads) To be called now and then: keeps the kernel's queue short.
  void Tick();

  // For tests: the descriptor of the instance.
  int fd() const;

 private:
  struct Workspace {
    ChangeNews news;
    size_t name_bytes = 0;
    size_t unchecked = 0;  // Names that are kUnchecked.
    absl::flat_hash_set<int> watches;
    size_t watch_bytes = 0;
    size_t events = 0;   // In the look under way.
    uint64_t stamp = 0;  // Counts what may make it grow; being opened alone does not.
    bool settled = false;
    bool has_links = false;
    std::function<void()> call;
    bool due = false;  // Is in due_.
  };
  struct Watched {
    Id id;
    std::string path;
  };

  void Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Handle(const struct inotify_event& event, absl::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Note(Workspace* workspace, std::string path, uint16_t bits)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Forget(Workspace* workspace, const std::string& path, uint16_t bits);
  void Lose(Workspace* workspace, int strikes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopFloods(size_t least_events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDue(Id id, Workspace* workspace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveWatches(Workspace* workspace) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ThrowAway() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes what was thrown away, which can take long.
  void CloseWorn() ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t most_watches_;
  mutable absl::Mutex mutex_;
  UniqueFd fd_ ABSL_GUARDED_BY(mutex_);
  std::vector<UniqueFd> worn_ ABSL_GUARDED_BY(mutex_);
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Id, Workspace> workspaces_ ABSL_GUARDED_BY(mutex_);
  // By watch descriptor. The kernel does not give these out twice.
  absl::flat_hash_map<int, Watched> watched_ ABSL_GUARDED_BY(mutex_);
  // Those that had events in the look under way.
  std::vector<Id> active_ ABSL_GUARDED_BY(mutex_);
  // Whose `call` is due.
  std::vector<Id> due_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_CHANGE_QUEUE_H_
