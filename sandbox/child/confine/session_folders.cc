#include "sandbox/child/confine/session_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "sandbox/child/zygote/image_root.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel::child {
namespace {

std::string LinkTo(int number) { return "/proc/self/fd/" + std::to_string(number); }

std::string CheckLink(const char* path, int number) {
  char target[PATH_MAX];
  ssize_t n = readlink(path, target, sizeof(target));
  const std::string wanted = LinkTo(number);
  if (n >= 0 && std::string(target, static_cast<size_t>(n)) == wanted) return "";
  return std::string(path) + " must be a symlink to " + wanted +
         ", since nothing can be mounted here: use the image of deploy/Containerfile, and mount "
         "nothing at " +
         path;
}

// Opens a directory without following symlinks: the parent directories are the host's own, but a
// session's files are hostile.
bool OpenAt(int sessions_fd, const std::string& relative, int number) {
  open_how how{};
  // An O_PATH descriptor can only be used to name files below it.
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  int fd = static_cast<int>(syscall(SYS_openat2, sessions_fd, relative.c_str(), &how, sizeof(how)));
  if (fd < 0) return false;
  // The descriptor is not close-on-exec: subprocesses inherit it. libc's dup2 cannot be used, since
  // the guest library makes it refuse these numbers (guest_library/).
  bool ok = syscall(SYS_dup2, fd, number) == number;
  close(fd);
  return ok;
}

}  // namespace

std::string CheckFolderLinks() {
  std::string error = CheckLink(kWorkspacePath, kWorkspaceFd);
  return error.empty() ? CheckLink("/tmp", kTemporaryFd) : error;
}

std::string MakeScratchFolders(const std::string& sessions_directory, std::string* scratch) {
  *scratch = sessions_directory + "/zygote-" + std::to_string(getpid());
  UniqueFd sessions(open(sessions_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string name = scratch->substr(sessions_directory.size() + 1);
  RemoveScratchFolders(*scratch);
  bool ok = mkdir(scratch->c_str(), 0700) == 0;
  for (int number : {kWorkspaceFd, kTemporaryFd, kSharedMemoryFd}) {
    const std::string folder = "/" + std::to_string(number);
    ok = ok && mkdir((*scratch + folder).c_str(), 0700) == 0 &&
         OpenAt(sessions.get(), name + folder, number);
  }
  return ok ? "" : "cannot make " + *scratch + ": " + strerror(errno);
}

void RemoveScratchFolders(const std::string& scratch) {
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
}

void CloseSessionFolders() {
  // libc's close cannot be used either; see above.
  for (int number : {kWorkspaceFd, kTemporaryFd, kSharedMemoryFd}) syscall(SYS_close, number);
}

const char* OpenSessionFolders(const SessionPlan& plan, int sessions_fd) {
  if (!OpenAt(sessions_fd, plan.workspace, kWorkspaceFd)) return "open the workspace";
  if (!OpenAt(sessions_fd, plan.private_folder + "/tmp", kTemporaryFd)) return "open /tmp";
  if (!OpenAt(sessions_fd, plan.private_folder + "/shm", kSharedMemoryFd)) return "open /dev/shm";
  return nullptr;
}

}  // namespace carrel::child
