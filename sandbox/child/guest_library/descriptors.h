// Declarations that the files of this library share.
#ifndef CARREL_SANDBOX_CHILD_GUEST_LIBRARY_DESCRIPTORS_H_
#define CARREL_SANDBOX_CHILD_GUEST_LIBRARY_DESCRIPTORS_H_

#include "sandbox/child/confine/session_folders.h"

namespace carrel::guest {

// Returns true if the session's directories are open at their numbers: not yet in the zygote, and
// not after a program has closed them by other means.
bool HasFolders();

inline bool IsFolder(int fd) {
  return fd >= child::kWorkspaceFd && fd <= child::kSharedMemoryFd && HasFolders();
}

}  // namespace carrel::guest

#endif  // CARREL_SANDBOX_CHILD_GUEST_LIBRARY_DESCRIPTORS_H_
