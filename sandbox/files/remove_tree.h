// Deletion of directory trees that a guest left behind.
#ifndef CARREL_SANDBOX_FILES_REMOVE_TREE_H_
#define CARREL_SANDBOX_FILES_REMOVE_TREE_H_

#include <string>

#include "absl/status/status.h"

namespace carrel {

// Deletes `name` in the directory `parent` and everything below it, without following symlinks or
// leaving the file system. Needs a bounded number of descriptors and a bounded stack for any depth,
// also for directories whose permissions forbid it. OK if there is nothing of that name.
// Unavailable if a process keeps adding to it. `name` has no slash.
absl::Status RemoveTreeAt(int parent, const std::string& name);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_REMOVE_TREE_H_
