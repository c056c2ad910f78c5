// Shared anonymous memory, as an unnamed file in the session's own directory. The kernel's is
// refused, since no limit would count it.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child/guest_library/descriptors.h"

namespace carrel::guest {
namespace {

using child::kSharedMemoryFd;

constexpr int kSharedAnonymous = MAP_SHARED | MAP_ANONYMOUS;

void* Map(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  return reinterpret_cast<void*>(  // NOLINT(performance-no-int-to-ptr): the kernel's answer
      syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}

// Returns an unnamed file of `size` zeros; -1 if there is no room for it.
int MakeFile(size_t size) {
  // The kernel sends a signal to a process that extends a file beyond this limit.
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || size > limit.rlim_cur) {
    errno = ENOMEM;
    return -1;
  }
  static unsigned counter = 0;
  char name[64];
  snprintf(name, sizeof(name), ".map-%d-%u", getpid(),
           __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
  const int fd = openat(kSharedMemoryFd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  if (unlinkat(kSharedMemoryFd, name, 0) == 0 && ftruncate(fd, static_cast<off_t>(size)) == 0)
    return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

void* MapShared(void* address, size_t size, int protection, int flags) {
  const int fd = MakeFile(size);
  if (fd < 0) return MAP_FAILED;
  void* memory = Map(address, size, protection, flags & ~MAP_ANONYMOUS, fd, 0);
  const int error = errno;
  close(fd);
  errno = error;
  return memory;
}

}  // namespace
}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  if ((flags & kSharedAnonymous) != kSharedAnonymous || size == 0 || !HasFolders())
    return Map(address, size, protection, flags, fd, offset);
  return MapShared(address, size, protection, flags);
}

void* mmap64(void* address, size_t size, int protection, int flags, int fd,
             off64_t offset) noexcept {
  return mmap(address, size, protection, flags, fd, offset);
}

}  // extern "C"
