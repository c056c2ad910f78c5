#include "sandbox/child/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// Debian 12's headers know ABI 2; these values are from the kernel's include/uapi/linux/landlock.h
// (6.12).
constexpr uint64_t kFsTruncate = 1ULL << 14;        // ABI 3
constexpr uint64_t kFsIoctlDev = 1ULL << 15;        // ABI 5
constexpr uint64_t kNetBindTcp = 1ULL << 0;         // ABI 4
constexpr uint64_t kNetConnectTcp = 1ULL << 1;      // ABI 4
constexpr uint64_t kScopeAbstractUnix = 1ULL << 0;  // ABI 6
constexpr uint64_t kScopeSignal = 1ULL << 1;        // ABI 6

struct RulesetAttr {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kRead = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
// It includes neither device nodes nor sockets: the guest has no use for them.
constexpr uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                            LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | kFsTruncate;

uint64_t Rights(Landlock::Access access) {
  switch (access) {
    case Landlock::Access::kList:
      return LANDLOCK_ACCESS_FS_READ_DIR;
    case Landlock::Access::kRead:
      return kRead;
    case Landlock::Access::kReadRun:
      return kRead | LANDLOCK_ACCESS_FS_EXECUTE;
    case Landlock::Access::kReadWrite:
      return kRead | LANDLOCK_ACCESS_FS_EXECUTE | kWrite;
    case Landlock::Access::kReadFile:
      return kReadFile;
    case Landlock::Access::kLoadFile:
      return kReadFile | LANDLOCK_ACCESS_FS_EXECUTE;
    case Landlock::Access::kDevice:
      return kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE;
  }
  return 0;
}

// Returns every file system access that this ABI knows.
uint64_t AllFsAccesses(int abi) {
  uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // ABI 1
  if (abi >= 2) all |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) all |= kFsTruncate;
  if (abi >= 5) all |= kFsIoctlDev;
  return all;
}

}  // namespace

int LandlockAbi() {
  long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

Landlock::~Landlock() {
  if (fd_ >= 0) close(fd_);
}

bool Landlock::Create() {
  abi_ = LandlockAbi();
  if (abi_ < 1) {
    errno = ENOSYS;
    return false;
  }
  handled_ = IsApplied(Layer::kLandlockFiles) ? AllFsAccesses(abi_) : 0;
  RulesetAttr attr{handled_, 0, 0};
  size_t size = sizeof(attr.handled_access_fs);
  if (abi_ >= 4) {
    if (IsApplied(Layer::kLandlockTcp)) attr.handled_access_net = kNetBindTcp | kNetConnectTcp;
    size = 2 * sizeof(uint64_t);
  }
  if (abi_ >= kScopesAbi) {
    if (IsApplied(Layer::kLandlockScopes)) attr.scoped = kScopeAbstractUnix | kScopeSignal;
    size = sizeof(attr);
  }
  // This happens only in tests: the kernel accepts no ruleset that handles nothing.
  if (!IsApplied(Layer::kLandlockFiles) && attr.handled_access_net == 0 && attr.scoped == 0)
    return true;
  fd_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, size, 0));
  return fd_ >= 0;
}

bool Landlock::CreateScopes() {
  RulesetAttr attr{0, 0, kScopeAbstractUnix | kScopeSignal};
  fd_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0));
  return fd_ >= 0;
}

bool Landlock::Allow(const char* path, Access access) {
  int path_fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (path_fd < 0) return false;
  bool ok = AllowDescriptor(path_fd, access);
  int error = errno;
  close(path_fd);
  errno = error;
  return ok;
}

bool Landlock::AllowDescriptor(int path_fd, Access access) {
  if (!IsApplied(Layer::kLandlockFiles)) return true;
  landlock_path_beneath_attr attr{};
  attr.allowed_access = Rights(access) & handled_;
  attr.parent_fd = path_fd;
  return syscall(SYS_landlock_add_rule, fd_, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) == 0;
}

bool Landlock::Enforce() {
  return (!IsApplied(Layer::kLandlockFiles) && fd_ < 0) ||
         syscall(SYS_landlock_restrict_self, fd_, 0) == 0;
}

}  // namespace carrel::child
