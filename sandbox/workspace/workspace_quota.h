// How much may still be uploaded to a workspace.
#ifndef CARREL_SANDBOX_WORKSPACE_WORKSPACE_QUOTA_H_
#define CARREL_SANDBOX_WORKSPACE_WORKSPACE_QUOTA_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace carrel {

// What a workspace may hold. It binds uploads here; the guest's own writing is
// bounded by the watchdog, with the same numbers.
struct WorkspaceLimits {
  int64_t max_bytes = int64_t{1} << 30;  // On disk.
  int64_t max_entries = 20'000;          // Files, folders and everything else.
  // Of the session's /tmp and /dev/shm, where these are folders beside the workspace; 0
  // where they are not.
  int64_t max_temporary_bytes = 0;
};

// What a workspace holds.
struct WorkspaceUsage {
  int64_t bytes = 0;    // Blocks on disk, folders included; not apparent sizes.
  int64_t entries = 0;  // Files, folders and everything else.
  // False if there was more than the walk may look at: the rest is not counted.
  bool complete = true;
  // False if the tree was changed during each walk through it. Then `bytes` is of all that any
  // of the walks has seen, also of what had gone by the last of them,
  bool steady = true;
  // and this of what one of them has seen.
  int64_t bytes_at_once = 0;
  // Something was there each time, and never where it could be looked at.
  bool evades = false;
};

// The uploads of one workspace, together. What is used is measured from time to
// time; what is promised to uploads under way is added to it. It errs on the
// side of refusing: an upload is never in neither number. Thread-safe.
class WorkspaceQuota {
 public:
  explicit WorkspaceQuota(WorkspaceLimits limits) : limits_(limits) {}
  WorkspaceQuota(const WorkspaceQuota&) = delete;
  WorkspaceQuota& operator=(const WorkspaceQuota&) = delete;

  const WorkspaceLimits& limits() const { return limits_; }

  // A measurement is a walk that takes time, during which uploads are committed:
  // they may be counted twice until the next one, never not at all.
  // FinishMeasuring takes what StartMeasuring returned.
  struct Amount {
    int64_t bytes = 0;
    int64_t entries = 0;
  };
  Amount StartMeasuring() const;
  void FinishMeasuring(Amount started, const WorkspaceUsage& usage);

  // Promises that much, or ResourceExhausted that says which limit and how much is
  // left.
  absl::Status Reserve(int64_t bytes, int64_t entries);
  // Takes a promise back.
  void Release(int64_t bytes, int64_t entries);
  // A promise that was kept: the bytes are in the workspace now. Call it after
  // they are.
  void Commit(int64_t bytes, int64_t entries);

  // Bytes that a file of `size` bytes takes on disk.
  static int64_t BlocksOf(int64_t size);

 private:
  const WorkspaceLimits limits_;
  mutable absl::Mutex mutex_;
  Amount used_ ABSL_GUARDED_BY(mutex_);
  Amount reserved_ ABSL_GUARDED_BY(mutex_);
  Amount committed_ ABSL_GUARDED_BY(mutex_);  // Of all time.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_WORKSPACE_QUOTA_H_
