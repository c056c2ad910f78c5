// POSIX shared memory and named semaphores, in the session's own directory.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/child/guest_library/descriptors.h"

namespace carrel::guest {
namespace {

using child::kSharedMemoryFd;

// Converts "/name", as POSIX defines it, to a name in the directory; returns null if it is invalid.
const char* Name(const char* name) {
  while (*name == '/') ++name;
  if (*name == '\0' || strchr(name, '/') != nullptr || strlen(name) > NAME_MAX - 4) {
    errno = EINVAL;
    return nullptr;
  }
  return name;
}

// Semaphores have names of their own, as glibc's do.
bool SemaphoreName(const char* name, char (&file)[NAME_MAX + 1]) {
  const char* own = Name(name);
  if (own == nullptr) return false;
  snprintf(file, sizeof(file), "sem.%s", own);
  return true;
}

// An opened semaphore: it must have the same address wherever a process opens it.
struct OpenSemaphore {
  ino_t inode;
  sem_t* semaphore;
  int users;
  OpenSemaphore* next;
};
OpenSemaphore* open_semaphores = nullptr;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

sem_t* MapSemaphore(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return nullptr;
  if (status.st_size < static_cast<off_t>(sizeof(sem_t))) {
    errno = EINVAL;
    return nullptr;
  }
  for (OpenSemaphore* known = open_semaphores; known != nullptr; known = known->next) {
    if (known->inode != status.st_ino) continue;
    ++known->users;
    return known->semaphore;
  }
  void* memory = mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* entry = static_cast<OpenSemaphore*>(malloc(sizeof(OpenSemaphore)));
  if (entry == nullptr) {
    munmap(memory, sizeof(sem_t));
    return nullptr;
  }
  *entry = {status.st_ino, static_cast<sem_t*>(memory), 1, open_semaphores};
  open_semaphores = entry;
  return entry->semaphore;
}

// Makes a file that holds a new semaphore, complete before its name becomes visible: link(2) names
// it, and does not replace an existing file. Returns false, with EEXIST, if there is one.
bool CreateSemaphore(const char* file, mode_t mode, unsigned value) {
  static unsigned counter = 0;
  char temporary[64];
  snprintf(temporary, sizeof(temporary), ".sem-%d-%u", getpid(), ++counter);
  int fd = openat(kSharedMemoryFd, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return false;
  sem_t semaphore;
  memset(&semaphore, 0, sizeof(semaphore));
  bool ok = sem_init(&semaphore, 1, value) == 0 &&
            write(fd, &semaphore, sizeof(semaphore)) == static_cast<ssize_t>(sizeof(semaphore)) &&
            linkat(kSharedMemoryFd, temporary, kSharedMemoryFd, file, 0) == 0;
  int error = errno;
  close(fd);
  unlinkat(kSharedMemoryFd, temporary, 0);
  errno = error;
  return ok;
}

sem_t* OpenSemaphoreFile(const char* file, int flags, mode_t mode, unsigned value) {
  for (;;) {
    if ((flags & O_CREAT) != 0 && CreateSemaphore(file, mode, value))
      flags &= ~O_EXCL;
    else if ((flags & O_CREAT) != 0 && (errno != EEXIST || (flags & O_EXCL) != 0))
      return SEM_FAILED;
    int fd = openat(kSharedMemoryFd, file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    // It was just unlinked.
    if (fd < 0 && errno == ENOENT && (flags & O_CREAT) != 0) continue;
    if (fd < 0) return SEM_FAILED;
    sem_t* semaphore = MapSemaphore(fd);
    int error = errno;
    close(fd);
    errno = error;
    return semaphore != nullptr ? semaphore : SEM_FAILED;
  }
}

}  // namespace
}  // namespace carrel::guest

using namespace carrel::guest;  // NOLINT: the functions below are libc's names

extern "C" {

int shm_open(const char* name, int flags, mode_t mode) {
  const char* file = Name(name);
  if (file == nullptr) return -1;
  return openat(kSharedMemoryFd, file, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
}

int shm_unlink(const char* name) {
  const char* file = Name(name);
  return file == nullptr ? -1 : unlinkat(kSharedMemoryFd, file, 0);
}

sem_t* sem_open(const char* name, int flags, ...) {
  mode_t mode = 0;
  unsigned value = 0;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): started in the line above
    mode = va_arg(arguments, mode_t);
    value = va_arg(arguments, unsigned);
    va_end(arguments);
  }
  char file[NAME_MAX + 1];
  if (!SemaphoreName(name, file)) return SEM_FAILED;
  pthread_mutex_lock(&mutex);
  sem_t* semaphore = OpenSemaphoreFile(file, flags, mode, value);
  pthread_mutex_unlock(&mutex);
  return semaphore;
}

int sem_close(sem_t* semaphore) {
  pthread_mutex_lock(&mutex);
  int result = -1;
  errno = EINVAL;
  for (OpenSemaphore** link = &open_semaphores; *link != nullptr; link = &(*link)->next) {
    OpenSemaphore* entry = *link;
    if (entry->semaphore != semaphore) continue;
    result = 0;
    if (--entry->users == 0) {
      *link = entry->next;
      munmap(semaphore, sizeof(sem_t));
      free(entry);
    }
    break;
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

int sem_unlink(const char* name) {
  char file[NAME_MAX + 1];
  return SemaphoreName(name, file) ? unlinkat(kSharedMemoryFd, file, 0) : -1;
}

}  // extern "C"
