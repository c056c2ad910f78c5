// Translates paths in /dev/shm: a session finds its own directory there.
#ifndef CARREL_SANDBOX_CHILD_GUEST_LIBRARY_SHARED_MEMORY_PATH_H_
#define CARREL_SANDBOX_CHILD_GUEST_LIBRARY_SHARED_MEMORY_PATH_H_

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/child/guest_library/descriptors.h"

namespace carrel::guest {

// The path to use for `path`: itself, or, for /dev/shm and the files in it, the same name below the
// session's directory. Valid as long as this object and `path`.
class ActualPath {
 public:
  explicit ActualPath(const char* path) : path_(path) {
    constexpr char kFolder[] = "/dev/shm";
    constexpr size_t kLength = sizeof(kFolder) - 1;
    if (path == nullptr || strncmp(path, kFolder, kLength) != 0) return;
    if ((path[kLength] != '\0' && path[kLength] != '/') || !HasFolders()) return;
    int n = snprintf(moved_, sizeof(moved_), "/proc/self/fd/%d/%s", child::kSharedMemoryFd,
                     path + kLength);
    if (n > 0 && n < static_cast<int>(sizeof(moved_))) path_ = moved_;
  }

  const char* get() const { return path_; }

 private:
  const char* path_;
  char moved_[PATH_MAX];
};

}  // namespace carrel::guest

#endif  // CARREL_SANDBOX_CHILD_GUEST_LIBRARY_SHARED_MEMORY_PATH_H_
