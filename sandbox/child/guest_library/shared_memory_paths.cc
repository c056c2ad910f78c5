// The calls by path that programs make in /dev/shm; open(2) and related functions are in open.cc.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sandbox/child/guest_library/shared_memory_path.h"

using carrel::guest::ActualPath;

namespace {

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int stat(const char* path, struct stat* status) {
  return fstatat(AT_FDCWD, ActualPath(path).get(), status, 0);
}

int stat64(const char* path, struct stat64* status) {
  return fstatat64(AT_FDCWD, ActualPath(path).get(), status, 0);
}

int lstat(const char* path, struct stat* status) {
  return fstatat(AT_FDCWD, ActualPath(path).get(), status, AT_SYMLINK_NOFOLLOW);
}

int lstat64(const char* path, struct stat64* status) {
  return fstatat64(AT_FDCWD, ActualPath(path).get(), status, AT_SYMLINK_NOFOLLOW);
}

int access(const char* path, int mode) {
  return faccessat(AT_FDCWD, ActualPath(path).get(), mode, 0);
}

int unlink(const char* path) { return unlinkat(AT_FDCWD, ActualPath(path).get(), 0); }

int rmdir(const char* path) { return unlinkat(AT_FDCWD, ActualPath(path).get(), AT_REMOVEDIR); }

int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, ActualPath(path).get(), mode); }

int rename(const char* from, const char* to) {
  return renameat(AT_FDCWD, ActualPath(from).get(), AT_FDCWD, ActualPath(to).get());
}

DIR* opendir(const char* path) {
  return Next<decltype(opendir)>("opendir")(ActualPath(path).get());
}

int statvfs(const char* path, struct statvfs* status) {
  return Next<decltype(statvfs)>("statvfs")(ActualPath(path).get(), status);
}

int statvfs64(const char* path, struct statvfs64* status) {
  return Next<decltype(statvfs64)>("statvfs64")(ActualPath(path).get(), status);
}

}  // extern "C"
