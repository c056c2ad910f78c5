// Removal of a cgroup with all processes in it and all cgroups below it.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace carrel {

// Returns true if no process is in the cgroup at `path` or below it, or if that cgroup does not
// exist.
bool IsCgroupEmpty(const std::string& path);
// Waits for that, notified by the kernel; false after `patience`.
bool AwaitEmptyCgroup(const std::string& path, absl::Duration patience);

// Kills all processes there by cgroup.kill, which no fork can outrun, waits until the cgroup is
// empty, and removes it with all cgroups below it. Returns false if it still exists. Harmless if
// there is none.
bool EndCgroup(const std::string& path, absl::Duration patience);

// Removes a cgroup that is empty, or will be in a moment, and all cgroups below it.
bool RemoveCgroup(const std::string& path, absl::Duration patience);

// Returns the number in the line "key number" of `text`; 0 if there is no such line.
int64_t NumberAfter(absl::string_view text, absl::string_view key);

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_REMOVAL_H_
