// Opens files: a process may read its own /proc/self, even one that the interpreter has started;
// /dev/shm is the session's; files about memory and CPUs report the session's.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child/confine/proc_files.h"
#include "sandbox/child/guest_library/machine.h"
#include "sandbox/child/guest_library/shared_memory_path.h"

namespace carrel::guest {
namespace {

// Returns the file's name if `path` is /proc/self/<name> or the same by pid; else null.
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
  // Landlock's rules are made with O_PATH, from the real file.
  if ((flags & (O_ACCMODE | O_PATH)) == O_RDONLY)
    if (int machine_file = OpenMachineFile(path); machine_file >= 0) return machine_file;
  long fd = syscall(SYS_openat, folder, ActualPath(path).get(), flags, mode);
  if (fd < 0 && (flags & O_ACCMODE) == O_RDONLY) fd = OpenOwnProcFile(path);
  // lscpu holds /proc open, and opens files beneath it. O_PATH suffices for that, since no guest
  // may list it.
  if (fd < 0 && errno == EACCES && path != nullptr && (flags & ~O_CLOEXEC) == O_RDONLY &&
      strcmp(path, "/proc") == 0)
    fd = syscall(SYS_openat, folder, path, flags | O_PATH, 0);
  return static_cast<int>(fd);
}

// Opens a CPU list relative to the directory of the CPUs, which lscpu holds open.
int OpenCpuList(int folder, const char* name) {
  constexpr char kFolder[] = "/sys/devices/system/cpu";
  const bool known =
      strcmp(name, "online") == 0 || strcmp(name, "possible") == 0 || strcmp(name, "present") == 0;
  char link[32], path[sizeof(kFolder) + 16] = "";
  snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
  if (!known || readlink(link, path, sizeof(path) - 1) != sizeof(kFolder) - 1 ||
      strcmp(path, kFolder) != 0)
    return -1;
  char file[sizeof(kFolder) + 16];
  snprintf(file, sizeof(file), "%s/%s", kFolder, name);
  return OpenMachineFile(file);
}

int OpenAt(int folder, const char* path, int flags, mode_t mode) {
  if (path == nullptr || path[0] == '/' || folder == AT_FDCWD)
    return Open(folder, path, flags, mode);
  if ((flags & (O_ACCMODE | O_PATH)) == O_RDONLY)
    if (int list = OpenCpuList(folder, path); list >= 0) return list;
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

FILE* OpenStream(const char* function, const char* path, const char* mode) {
  auto next = reinterpret_cast<decltype(&fopen)>(dlsym(RTLD_NEXT, function));
  const bool reads = mode[0] == 'r' && strchr(mode, '+') == nullptr;
  int fd = reads ? OpenMachineFile(path) : -1;
  FILE* file = fd < 0 ? next(ActualPath(path).get(), mode) : nullptr;
  if (file != nullptr || !reads) return file;
  if (fd < 0) fd = OpenOwnProcFile(path);
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

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return OpenAt(folder, path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = ModeOf(flags, arguments);
  va_end(arguments);
  return OpenAt(folder, path, flags, mode);
}

// Fortified programs call these functions where the compiler does not know the flags.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are the C library's
int __open_2(const char* path, int flags) { return Open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char* path, int flags) { return Open(AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char* path, int flags) { return OpenAt(folder, path, flags, 0); }
int __openat64_2(int folder, const char* path, int flags) { return OpenAt(folder, path, flags, 0); }
// NOLINTEND(bugprone-reserved-identifier)

FILE* fopen(const char* path, const char* mode) { return OpenStream("fopen", path, mode); }

FILE* fopen64(const char* path, const char* mode) { return OpenStream("fopen64", path, mode); }

FILE* setmntent(const char* path, const char* mode) { return OpenStream("fopen", path, mode); }

}  // extern "C"
