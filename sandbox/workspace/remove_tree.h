// Deletes what a guest left behind.
#ifndef CARREL_SANDBOX_WORKSPACE_REMOVE_TREE_H_
#define CARREL_SANDBOX_WORKSPACE_REMOVE_TREE_H_

#include <string>

#include "absl/status/status.h"

namespace carrel {

// Deletes `name` in the folder `parent` and all below it, not following symlinks, not
// leaving the file system. Needs a bounded number of descriptors and a bounded stack
// for any depth, also for folders whose permissions forbid it. OK if there is nothing of that
// name. Unavailable if somebody keeps adding to it. `name` has no slash.
absl::Status RemoveTreeAt(int parent, const std::string& name);

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_REMOVE_TREE_H_
