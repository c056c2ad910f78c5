#include "sandbox/files/workspace_quota.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

constexpr int64_t kBlock = 4096;

}  // namespace

int64_t WorkspaceQuota::BlocksOf(int64_t size) {
  if (size > std::numeric_limits<int64_t>::max() - kBlock) return size;
  return (size + kBlock - 1) / kBlock * kBlock;
}

WorkspaceQuota::Amount WorkspaceQuota::StartMeasuring() const {
  absl::MutexLock lock(&mutex_);
  return committed_;
}

void WorkspaceQuota::FinishMeasuring(Amount started, const WorkspaceUsage& usage) {
  absl::MutexLock lock(&mutex_);
  // The walk may have missed uploads that were committed during it.
  used_.bytes = usage.bytes + (committed_.bytes - started.bytes);
  used_.entries = usage.entries + (committed_.entries - started.entries);
}

absl::Status WorkspaceQuota::Reserve(int64_t bytes, int64_t entries) {
  absl::MutexLock lock(&mutex_);
  const int64_t free_bytes =
      std::max<int64_t>(0, limits_.max_bytes - used_.bytes - reserved_.bytes);
  const int64_t free_entries =
      std::max<int64_t>(0, limits_.max_entries - used_.entries - reserved_.entries);
  if (bytes > free_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("the workspace may hold ", limits_.max_bytes,
                                                     " bytes, of which ", free_bytes, " are left"));
  }
  if (entries > free_entries) {
    return absl::ResourceExhaustedError(absl::StrCat("the workspace may hold ", limits_.max_entries,
                                                     " files and folders, of which ", free_entries,
                                                     " are left"));
  }
  reserved_.bytes += bytes;
  reserved_.entries += entries;
  return absl::OkStatus();
}

void WorkspaceQuota::Release(int64_t bytes, int64_t entries) {
  absl::MutexLock lock(&mutex_);
  reserved_.bytes -= bytes;
  reserved_.entries -= entries;
}

void WorkspaceQuota::Commit(int64_t bytes, int64_t entries) {
  absl::MutexLock lock(&mutex_);
  reserved_.bytes -= bytes;
  reserved_.entries -= entries;
  used_.bytes += bytes;
  used_.entries += entries;
  committed_.bytes += bytes;
  committed_.entries += entries;
}

}  // namespace carrel
