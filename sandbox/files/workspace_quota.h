// The accounting of uploads to a workspace.
#ifndef CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_H_
#define CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace carrel {

// The limits of a workspace. They apply to uploads here; the guest's own writes are limited by the
// watchdog, with the same numbers.
struct WorkspaceLimits {
  int64_t max_bytes = int64_t{1} << 30;  // Bytes on disk.
  int64_t max_entries = 20'000;          // Files, directories and everything else.
  // The limit of the session's /tmp and /dev/shm, where these are directories beside the workspace;
  // 0 where they are not.
  int64_t max_temporary_bytes = 0;
};

// The usage of a workspace.
struct WorkspaceUsage {
  int64_t bytes = 0;    // Blocks on disk, including directories; not apparent sizes.
  int64_t entries = 0;  // Files, directories and everything else.
  // False if the walk could not visit everything: the rest is not counted.
  bool complete = true;
  // False if the tree was changed during each walk through it. Then `bytes` counts all that any of
  // the walks has seen, including what was gone by the last of them.
  bool steady = true;
  // The most bytes that a single walk has seen.
  int64_t bytes_at_once = 0;
  // Some entry was listed again and again, and always gone when it was to be inspected.
  bool evades = false;
};

// The uploads of one workspace together. The usage is measured from time to time; the reservations
// of uploads under way are added to it. It errs on the side of refusing: an upload is never missing
// in both numbers. Thread-safe.
class WorkspaceQuota {
 public:
  explicit WorkspaceQuota(WorkspaceLimits limits) : limits_(limits) {}
  WorkspaceQuota(const WorkspaceQuota&) = delete;
  WorkspaceQuota& operator=(const WorkspaceQuota&) = delete;

  const WorkspaceLimits& limits() const { return limits_; }

  // A measurement is a walk that takes time, during which uploads are committed: they may be
  // counted twice until the next one, but are never left out. FinishMeasuring takes the result of
  // StartMeasuring.
  struct Amount {
    int64_t bytes = 0;
    int64_t entries = 0;
  };
  Amount StartMeasuring() const;
  void FinishMeasuring(Amount started, const WorkspaceUsage& usage);

  // Reserves that much, or returns ResourceExhausted, which names the limit and how much is left.
  absl::Status Reserve(int64_t bytes, int64_t entries);
  // Cancels a reservation.
  void Release(int64_t bytes, int64_t entries);
  // Turns a reservation into usage. Called after the bytes have got into the workspace.
  void Commit(int64_t bytes, int64_t entries);

  // Returns the bytes that a file of `size` bytes takes on disk.
  static int64_t BlocksOf(int64_t size);

 private:
  const WorkspaceLimits limits_;
  mutable absl::Mutex mutex_;
  Amount used_ ABSL_GUARDED_BY(mutex_);
  Amount reserved_ ABSL_GUARDED_BY(mutex_);
  Amount committed_ ABSL_GUARDED_BY(mutex_);  // All commits so far.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_WORKSPACE_QUOTA_H_
