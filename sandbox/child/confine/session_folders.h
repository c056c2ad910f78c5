// A session's directories in isolation modes that mount nothing: descriptors at fixed numbers, and,
// in the container's file system, symlinks that resolve to the descriptors of the process that
// follows them:
//
//   /mnt/data -> /proc/self/fd/100      <data>/sessions/<s>/files
//   /tmp      -> /proc/self/fd/101      <data>/sessions/<s>/private/tmp
//                               102      <data>/sessions/<s>/private/shm, for /dev/shm
//
// They are a convenience: Landlock keeps a session in its directories. A guest that closes them, or
// puts others in their place, misleads only itself.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_SESSION_FOLDERS_H_
#define CARREL_SANDBOX_CHILD_CONFINE_SESSION_FOLDERS_H_

#include <string>

#include "sandbox/child/confine/session_plan.h"

namespace carrel::child {

inline constexpr int kWorkspaceFd = 100;
inline constexpr int kTemporaryFd = 101;
inline constexpr int kSharedMemoryFd = 102;

// Returns an empty string, or a sentence that says what this file system lacks. Runs in the zygote.
std::string CheckFolderLinks();

// Makes an empty /tmp for the zygote while it loads modules, some of which need one. It lies below
// the sessions directory, and RemoveScratchFolders removes it. Returns an empty string, or an
// error.
std::string MakeScratchFolders(const std::string& sessions_directory, std::string* scratch);
void RemoveScratchFolders(const std::string& scratch);

// Opens the session's directories at their numbers, to be inherited by all its processes. Returns
// null on success, else the step that failed, with errno set.
const char* OpenSessionFolders(const SessionPlan& plan, int sessions_fd);

// Closes them, in a process that is not one of the session's hostile ones.
void CloseSessionFolders();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_SESSION_FOLDERS_H_
