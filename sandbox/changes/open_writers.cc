#include "sandbox/changes/open_writers.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <csignal>
#include <iterator>

namespace carrel {
namespace {

constexpr unsigned long kXfs = 0x58465342;  // <linux/magic.h> lacks it.

constexpr unsigned long kKnownFileSystems[] = {EXT4_SUPER_MAGIC, kXfs, BTRFS_SUPER_MAGIC,
                                               TMPFS_MAGIC};

}  // namespace

bool MayHaveWriters(int fd) {
  // A process that opens the file just now breaks the lease, and the kernel signals that to the
  // holder: by SIGIO, which would end this process, or by a chosen signal. SIGURG is ignored by
  // default.
  if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_RDLCK) != 0) return true;
  fcntl(fd, F_SETLEASE, F_UNLCK);
  return false;
}

bool ReportsWriters(int fd) {
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return false;
  const auto type = static_cast<unsigned long>(status.f_type);
  return std::find(std::begin(kKnownFileSystems), std::end(kKnownFileSystems), type) !=
         std::end(kKnownFileSystems);
}

}  // namespace carrel
