// A walk over a tree that its owner changes meanwhile. For List, Measure and
// Snapshot::Take; use those.
#ifndef CARREL_SANDBOX_WORKSPACE_DIRECTORY_WALK_H_
#define CARREL_SANDBOX_WORKSPACE_DIRECTORY_WALK_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace carrel {

// Bounds. Work, memory and descriptors stay within them, whatever the tree is.
struct WalkOptions {
  size_t max_entries = 0;  // Directory entries that are looked at.
  size_t max_depth = 0;    // Of entries; those of the start directory have depth 1.
  // Report in byte-wise order of paths, a folder's path taken with a "/" at its
  // end: then files come in the order of their full paths.
  bool sorted = false;
};

// One entry, valid during the callback.
struct WalkEntry {
  int folder;  // Descriptor of the folder that holds it.
  const std::string& name;
  const std::string& path;  // Below the start directory; any bytes but NUL.
  bool is_folder;           // At least it was, a moment ago.
  bool is_regular;          // The same.
};

enum class WalkAction {
  kContinue,  // Go on; into it, if it is a folder.
  kSkip,      // Go on, not into it.
  kStop,      // The walk ends.
};

struct WalkResult {
  bool out_of_entries = false;  // There were more than max_entries; the rest was not seen.
  bool too_deep = false;        // Folders at max_depth were not entered.
  bool unreadable = false;      // Folders could not be entered, though they are there.
};

// Walks everything below `root`, symlinks not followed, folders before what is in
// them. What disappears meanwhile is left out in silence. Thread-safe.
WalkResult WalkBeneath(int root, const WalkOptions& options,
                       absl::FunctionRef<WalkAction(const WalkEntry&)> visit);

}  // namespace carrel

#endif  // CARREL_SANDBOX_WORKSPACE_DIRECTORY_WALK_H_
