// Keeps the descriptors of the session's directories open, and reports the directories by the paths
// that the session knows.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child/guest_library/descriptors.h"

namespace carrel::guest {
namespace {

using child::kSharedMemoryFd;
using child::kWorkspaceFd;

// Writes the path of an open directory; returns false if there is none.
bool PathOf(const char* link, char* path) {
  ssize_t n = readlink(link, path, PATH_MAX - 1);
  if (n <= 0) return false;
  path[n] = '\0';
  return true;
}

// If `path` is `folder` or below it, replaces that prefix by `name`, which must not be longer.
bool Rename(char* path, const char* folder, const char* name) {
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0 || (path[length] != '\0' && path[length] != '/'))
    return false;
  size_t rest = strlen(path + length) + 1;
  if (strlen(name) > length) return false;
  memmove(path + strlen(name), path + length, rest);
  memcpy(path, name, strlen(name));
  return true;
}

long CloseRange(unsigned first, unsigned last, int flags) {
  return first > last ? 0 : syscall(SYS_close_range, first, last, flags);
}

}  // namespace

bool HasFolders() {
  int saved = errno;
  int flags = fcntl(kWorkspaceFd, F_GETFL);
  bool open = flags >= 0 && (flags & O_PATH) != 0 && fcntl(kSharedMemoryFd, F_GETFD) >= 0;
  errno = saved;
  return open;
}

}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

int close(int fd) {
  if (IsFolder(fd)) return 0;
  return static_cast<int>(syscall(SYS_close, fd));
}

int close_range(unsigned first, unsigned last, int flags) {
  if (first > kSharedMemoryFd || last < kWorkspaceFd || !HasFolders())
    return static_cast<int>(CloseRange(first, last, flags));
  if (first < kWorkspaceFd && CloseRange(first, kWorkspaceFd - 1, flags) != 0) return -1;
  return static_cast<int>(CloseRange(kSharedMemoryFd + 1, last, flags));
}

void closefrom(int first) { close_range(first < 0 ? 0 : static_cast<unsigned>(first), ~0U, 0); }

int dup2(int from, int to) {
  if (from != to && IsFolder(to)) {
    errno = EBUSY;
    return -1;
  }
  return static_cast<int>(syscall(SYS_dup2, from, to));
}

int dup3(int from, int to, int flags) {
  if (IsFolder(to)) {
    errno = EBUSY;
    return -1;
  }
  return static_cast<int>(syscall(SYS_dup3, from, to, flags));
}

char* getcwd(char* buffer, size_t size) {
  char path[PATH_MAX];
  if (syscall(SYS_getcwd, path, sizeof(path)) <= 0) return nullptr;
  char folder[PATH_MAX];
  if (HasFolders()) {
    bool named = PathOf("/proc/self/fd/100", folder) && Rename(path, folder, "/mnt/data");
    if (!named && PathOf("/proc/self/fd/101", folder)) Rename(path, folder, "/tmp");
  }
  size_t needed = strlen(path) + 1;
  if (buffer == nullptr) {
    if (size != 0 && size < needed) {
      errno = ERANGE;
      return nullptr;
    }
    buffer = static_cast<char*>(malloc(size == 0 ? needed : size));
    if (buffer == nullptr) return nullptr;
  } else if (size < needed) {
    errno = size == 0 ? EINVAL : ERANGE;
    return nullptr;
  }
  memcpy(buffer, path, needed);
  return buffer;
}

}  // extern "C"
