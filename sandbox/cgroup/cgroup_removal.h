// How a cgroup ends, with all that is in it and below it.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace carrel {

// True if no process is in the cgroup of that folder or below it, or if there is none.
bool IsCgroupEmpty(const std::string& path);
// Waits for it, as the kernel tells.
bool AwaitEmptyCgroup(const std::string& path, absl::Duration patience);

// Kills all that is there by cgroup.kill, which no fork outruns, waits until it is empty, and
// removes it with what is below it. False if it is still there. Harmless if there is none.
bool EndCgroup(const std::string& path, absl::Duration patience);

// Removes a cgroup that is empty, or will be in a moment, and all below it.
bool RemoveCgroup(const std::string& path, absl::Duration patience);

// The number in the line "key number" of such a file; 0 if there is none.
int64_t NumberAfter(absl::string_view text, absl::string_view key);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_
