// Changes mode bits and times through a descriptor: the filter refuses changes by path where
// sessions share a user id. Files that the process may not open, it may not change here.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "sandbox/child/guest_library/shared_memory_path.h"

using carrel::guest::ActualPath;

namespace {

// Opens by a system call: the openat of open.cc may open another file than the one at `path`.
int OpenActual(int folder, const char* path, int flags) {
  return static_cast<int>(syscall(SYS_openat, folder, path, flags));
}

// Opens `path` only to change its attributes; returns -1 with errno set on failure.
int OpenNode(int folder, const char* path, int flags) {
  int open_flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  if ((flags & AT_SYMLINK_NOFOLLOW) != 0) open_flags |= O_NOFOLLOW;
  int fd = OpenActual(folder, path, open_flags);
  // The file may be writable and not readable.
  if (fd < 0 && errno == EACCES) fd = OpenActual(folder, path, (open_flags & ~O_RDONLY) | O_WRONLY);
  if (fd < 0 && errno == EACCES) errno = EPERM;
  // A symlink has no mode of its own.
  if (fd < 0 && errno == ELOOP && (flags & AT_SYMLINK_NOFOLLOW) != 0) errno = EOPNOTSUPP;
  return fd;
}

int CloseKeepingError(int fd, int result) {
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

// Returns true where the filter refuses changes by path: it refuses before the kernel could report
// that there is no such descriptor.
bool MustUseDescriptors() {
  // True is permanent; false is not, since the zygote has no filter yet.
  static bool answer = false;
  if (!answer) {
    int saved = errno;
    answer = syscall(SYS_fchmodat, -1, "x", 0) != 0 && errno == EPERM;
    errno = saved;
  }
  return answer;
}

int ChangeMode(int folder, const char* given_path, mode_t mode, int flags) {
  ActualPath actual(given_path);
  const char* path = actual.get();
  if (flags == 0 && !MustUseDescriptors())
    return static_cast<int>(syscall(SYS_fchmodat, folder, path, mode));
  int fd = OpenNode(folder, path, flags);
  return fd < 0 ? -1 : CloseKeepingError(fd, fchmod(fd, mode));
}

int ChangeTimes(int folder, const char* given_path, const timespec* times, int flags) {
  ActualPath actual(given_path);
  const char* path = actual.get();
  if (path == nullptr || !MustUseDescriptors())
    return static_cast<int>(syscall(SYS_utimensat, folder, path, times, flags));
  int fd = OpenNode(folder, path, flags);
  // A symlink's own times stay unchanged: they are rarely used, and `cp -a` would fail.
  if (fd < 0 && errno == EOPNOTSUPP) return 0;
  return fd < 0 ? -1 : CloseKeepingError(fd, futimens(fd, times));
}

int ChangeTimes(int folder, const char* path, const timeval* times, int flags) {
  if (times == nullptr) return ChangeTimes(folder, path, static_cast<timespec*>(nullptr), flags);
  timespec fine[2];
  for (int i = 0; i < 2; ++i) fine[i] = {times[i].tv_sec, times[i].tv_usec * 1000};
  return ChangeTimes(folder, path, fine, flags);
}

}  // namespace

extern "C" {

int chmod(const char* path, mode_t mode) { return ChangeMode(AT_FDCWD, path, mode, 0); }

int lchmod(const char* path, mode_t mode) {
  return ChangeMode(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW);
}

int fchmodat(int folder, const char* path, mode_t mode, int flags) {
  return ChangeMode(folder, path, mode, flags & AT_SYMLINK_NOFOLLOW);
}

int utimensat(int folder, const char* path, const timespec times[2], int flags) {
  return ChangeTimes(folder, path, times, flags);
}

int utimes(const char* path, const timeval times[2]) {
  return ChangeTimes(AT_FDCWD, path, times, 0);
}

int lutimes(const char* path, const timeval times[2]) {
  return ChangeTimes(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

int futimesat(int folder, const char* path, const timeval times[2]) {
  return ChangeTimes(folder, path, times, 0);
}

int utime(const char* path, const utimbuf* times) {
  if (times == nullptr) return ChangeTimes(AT_FDCWD, path, static_cast<timespec*>(nullptr), 0);
  timespec fine[2] = {{times->actime, 0}, {times->modtime, 0}};
  return ChangeTimes(AT_FDCWD, path, fine, 0);
}

}  // extern "C"
