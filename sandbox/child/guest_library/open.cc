// Opening files: a process may read its own /proc/self, also one that the interpreter has
// started; /dev/shm is the session's.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child/guest_library/shared_memory_path.h"
#include "sandbox/child/proc_files.h"

namespace carrel::guest {
namespace {

// The file's name if `path` is /proc/self/<name> or the same by pid; else null.
const char* OwnProcFile(const char* path) {
  constexpr char kProc[] = "/proc/";
  if (strncmp(path, kProc, sizeof(kProc) - 1) != 0) return nullptr;
  const char* process = path + sizeof(kProc) - 1;
  const char* slash = strchr(process, '/');
  if (slash == nullptr || strchr(slash + 1, '/') != nullptr) return nullptr;
  char* end;
  bool own =
      strncmp(process, "self/", 5) == 0 || (strtol(process, &end, 10) == getpid() && end == slash);
  return own ? slash + 1 : nullptr;
}

int OpenOwnProcFile(const char* path) {
  int error = errno;
  const char* name = error == EACCES ? OwnProcFile(path) : nullptr;
  for (int i = 0; name != nullptr && i < child::kProcFileCount; ++i) {
    if (strcmp(name, child::kProcFiles[i]) != 0) continue;
    long fd = syscall(child::kOpenProcFileCall, child::kOpenProcFile, i);
    if (fd >= 0) return static_cast<int>(fd);
  }
  errno = error;
  return -1;
}

int Open(int folder, const char* path, int flags, mode_t mode) {
  long fd = syscall(SYS_openat, folder, ActualPath(path).get(), flags, mode);
  if (fd < 0 && (flags & O_ACCMODE) == O_RDONLY) fd = OpenOwnProcFile(path);
  return static_cast<int>(fd);
}

FILE* OpenStream(const char* function, const char* path, const char* mode) {
  auto next = reinterpret_cast<decltype(&fopen)>(dlsym(RTLD_NEXT, function));
  FILE* file = next(ActualPath(path).get(), mode);
  if (file != nullptr || mode[0] != 'r' || strchr(mode, '+') != nullptr) return file;
  int fd = OpenOwnProcFile(path);
  return fd < 0 ? nullptr : fdopen(fd, mode);
}

mode_t ModeOf(int flags, va_list arguments) {
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the callers have started it
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace
}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) { return OpenStream("fopen", path, mode); }

FILE* fopen64(const char* path, const char* mode) { return OpenStream("fopen64", path, mode); }

FILE* setmntent(const char* path, const char* mode) { return OpenStream("fopen", path, mode); }

}  // extern "C"
