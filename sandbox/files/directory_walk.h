// A walk over a tree that its owner may change meanwhile. For Workspace::List, Snapshot::Take and
// WorkspaceChanges; other code uses those.
#ifndef CARREL_SANDBOX_FILES_DIRECTORY_WALK_H_
#define CARREL_SANDBOX_FILES_DIRECTORY_WALK_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace carrel {

// The limits of a walk, within which its work, memory and descriptors stay, whatever the tree is.
struct WalkOptions {
  size_t max_entries = 0;  // The number of directory entries that are visited.
  size_t max_depth = 0;    // The depth of entries; those of the start directory have depth 1.
  // Reports in byte-wise order of paths, a directory's path taken with a "/" at its end: then files
  // come in the order of their full paths.
  bool sorted = false;
};

// One entry, valid during the callback.
struct WalkEntry {
  int folder;  // The descriptor of the directory that holds it.
  const std::string& name;
  const std::string& path;  // The path below the start directory; any bytes but NUL.
  bool is_folder;           // It was one a moment ago, at least.
  bool is_regular;          // The same.
};

enum class WalkAction {
  kContinue,  // Continues; into the entry, if it is a directory.
  kSkip,      // Continues, but not into the entry.
  kStop,      // Ends the walk.
};

struct WalkResult {
  bool out_of_entries = false;  // There were more than max_entries; the rest was not visited.
  bool too_deep = false;        // Directories at max_depth were not entered.
  bool unreadable = false;      // Directories could not be entered, though they exist.
};

// Walks everything below `root`, without following symlinks, directories before their entries.
// Entries that disappear meanwhile are left out silently. Thread-safe.
WalkResult WalkBeneath(int root, const WalkOptions& options,
                       absl::FunctionRef<WalkAction(const WalkEntry&)> visit);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_DIRECTORY_WALK_H_
