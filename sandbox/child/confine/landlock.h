// Landlock, the kernel's own sandbox: it limits which files a session's processes may open,
// whatever the mounts show, and which processes they may signal.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_LANDLOCK_H_
#define CARREL_SANDBOX_CHILD_CONFINE_LANDLOCK_H_

#include <cstdint>

namespace carrel::child {

// Returns the ABI version of this kernel; 0 if there is no Landlock.
int LandlockAbi();

// The first version that can limit which processes a process may signal.
constexpr int kScopesAbi = 6;

// A ruleset under construction. Failures set errno and return false.
class Landlock {
 public:
  enum class Access {
    kList,       // Directory listings below, no file content.
    kRead,       // Files and directories below.
    kReadRun,    // As kRead, and execute.
    kReadWrite,  // Everything below except devices.
    kReadFile,   // This file.
    kLoadFile,   // This file, and its execution.
    kDevice,     // This device node: read and write, no ioctl of its own.
  };

  ~Landlock();
  Landlock() = default;
  Landlock(const Landlock&) = delete;
  Landlock& operator=(const Landlock&) = delete;

  // Makes a ruleset that handles all accesses this kernel knows: file system (ABI 1), refer (2),
  // truncate (3), TCP (4), ioctl on devices (5), scopes of abstract sockets and signals (6).
  bool Create();
  // Makes a ruleset that handles the scopes alone. Needs kScopesAbi.
  bool CreateScopes();

  // Opens `path` without following a final symlink and allows `access` there.
  bool Allow(const char* path, Access access);
  // Allows `access` at a file that is open already, by O_PATH or otherwise.
  bool AllowDescriptor(int path_fd, Access access);

  // Enforces the ruleset on this thread and all its children. Needs no_new_privs.
  bool Enforce();

 private:
  int abi_ = 0;
  int fd_ = -1;
  uint64_t handled_ = 0;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_LANDLOCK_H_
