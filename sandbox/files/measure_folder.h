// The disk usage of a directory whose owner may move entries about meanwhile. For Workspace; other
// code uses that.
#ifndef CARREL_SANDBOX_FILES_MEASURE_FOLDER_H_
#define CARREL_SANDBOX_FILES_MEASURE_FOLDER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "sandbox/files/workspace_quota.h"

namespace carrel {

// Walks everything below `folder`. A walk during which no directory changed has seen everything.
// Otherwise entries that were moved at the right moment may have been missed: then there are more
// walks, for a bounded time, and all that any of them has seen counts, by inode. Entries are
// inspected and opened as soon as they are listed; a directory that is gone from its name is
// searched for by its inode. See WorkspaceUsage for the result. Returns an error if this process
// lacked descriptors, memory or the like. Keeps some 400 descriptors open at most.
absl::StatusOr<WorkspaceUsage> MeasureFolder(int folder, size_t max_entries);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_MEASURE_FOLDER_H_
