// A session's folders where nothing can be mounted: descriptors at fixed numbers, and
// in the container's file system symlinks that lead to whatever those numbers are in
// the process that follows them:
//
//   /mnt/data -> /proc/self/fd/100      <data>/sessions/<s>/files
//   /tmp      -> /proc/self/fd/101      <data>/sessions/<s>/private/tmp
//                               102      <data>/sessions/<s>/private/shm, for /dev/shm
//
// A convenience: what keeps a session in its folders is Landlock. A guest that closes
// them, or puts others in their place, leads only itself astray.
#ifndef CARREL_SANDBOX_CHILD_SESSION_FOLDERS_H_
#define CARREL_SANDBOX_CHILD_SESSION_FOLDERS_H_

#include <string>

#include "sandbox/child/session_plan.h"

namespace carrel::child {

inline constexpr int kWorkspaceFd = 100;
inline constexpr int kTemporaryFd = 101;
inline constexpr int kSharedMemoryFd = 102;

// In the zygote: empty, or what this file system lacks, in a sentence.
std::string CheckFolderLinks();

// In the zygote while it loads modules, some of which want a /tmp: an empty one, below
// the sessions directory, that is removed again by RemoveScratchFolders. Empty, or what
// went wrong.
std::string MakeScratchFolders(const std::string& sessions_directory, std::string* scratch);
void RemoveScratchFolders(const std::string& scratch);

// Opens the session's folders at their numbers, to be inherited by all its processes.
// Null if it succeeded, else the step that failed, with errno set.
const char* OpenSessionFolders(const SessionPlan& plan, int sessions_fd);

// In a process that is none of the session's hostile ones.
void CloseSessionFolders();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SESSION_FOLDERS_H_
