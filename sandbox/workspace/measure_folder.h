// What a folder takes on disk, though its owner moves things about meanwhile. For Workspace;
// use that.
#ifndef CARREL_SANDBOX_WORKSPACE_MEASURE_FOLDER_H_
#define CARREL_SANDBOX_WORKSPACE_MEASURE_FOLDER_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "sandbox/workspace/workspace_quota.h"

namespace carrel {

// Walks through all below `folder`. A walk during which no folder changed has seen everything.
// Otherwise what was moved at the right moment may have been missed: then there are more
// walks, for a bounded time, and all that any of them has seen counts, by inode. What is listed is
// looked at and opened at once; a folder that is not there any more is searched for by its inode.
// See WorkspaceUsage for what is told of that. An error, if this process could not look for want
// of descriptors, memory or the like. Keeps some 400 descriptors open at most.
absl::StatusOr<WorkspaceUsage> MeasureFolder(int folder, size_t max_entries);

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_MEASURE_FOLDER_H_
