#include "sandbox/child/confine/mounts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "sandbox/child/confine/session_view.h"
#include "sandbox/child/zygote/image_root.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

bool WriteText(const char* path, const std::string& text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return ok;
}

bool Bind(const char* from, const char* to, unsigned long flags) {
  return mount(from, to, nullptr, MS_BIND, nullptr) == 0 &&
         mount(
             nullptr, to, nullptr,
             MS_REMOUNT | MS_BIND | MS_NODEV | flags | (IsApplied(Layer::kNosuid) ? MS_NOSUID : 0),
             nullptr) == 0;
}

// Mounts one tmpfs, so that /tmp and /dev/shm share one limit on bytes and one on inodes.
const char* MountPrivate(const SessionPlan& plan) {
  char options[96];
  int64_t bytes = IsApplied(Layer::kBoundedTmpfs) ? plan.limits.temporary_bytes : int64_t{1} << 30;
  snprintf(options, sizeof(options), "mode=0755,size=%lld,nr_inodes=%d",
           static_cast<long long>(bytes), IsApplied(Layer::kTmpfsInodes) ? 65536 : 1 << 20);
  if (mount("tmpfs", kSessionPath, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0) return "tmpfs";
  for (const char* directory : {"/run/session/tmp", "/run/session/shm", "/run/session/witness"})
    if (mkdir(directory, 0700) != 0 || chown(directory, plan.uid, plan.uid) != 0)
      return "private folders";
  std::string id = std::to_string(plan.uid);
  if (!WriteText("/run/session/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\ncarrel:x:" + id +
                                            ":" + id + ":Carrel:/mnt/data:/bin/bash\n") ||
      !WriteText("/run/session/group", "root:x:0:\ncarrel:x:" + id + ":\n"))
    return "passwd";
  if (!MakeSessionView(plan)) return "view of the machine";
  // The zygote's own /tmp is mounted there, and is removed first.
  if (umount2("/tmp", MNT_DETACH) != 0) return "unmount /tmp";
  if (!Bind("/run/session/tmp", "/tmp", 0)) return "mount /tmp";
  if (!Bind("/run/session/shm", "/dev/shm", MS_NOEXEC)) return "mount /dev/shm";
  return nullptr;
}

const char* MountWorkspace(const SessionPlan& plan) {
  std::string source = std::string(kHostSessionsPath) + "/" + plan.workspace;
  if (!Bind(source.c_str(), kWorkspacePath, 0)) return "mount /mnt/data";
  // This was the last mount by which a path could lead to another session.
  if (umount2(kHostSessionsPath, MNT_DETACH) != 0) return "unmount sessions";
  return nullptr;
}

const char* MountProc() {
  // The zygote's /proc shows the host's processes.
  if (umount2("/proc", MNT_DETACH) != 0) return "unmount /proc";
  unsigned long read_only = IsApplied(Layer::kProcReadOnly) ? MS_RDONLY : 0;
  if (mount("proc", "/proc", "proc", read_only | MS_NOSUID | MS_NODEV | MS_NOEXEC,
            IsApplied(Layer::kHidePid) ? "hidepid=invisible" : nullptr) != 0)
    return "mount /proc";
  // The machine's values would mislead programs that choose their size by them.
  if (!Bind(kSessionMeminfo, "/proc/meminfo", MS_RDONLY | MS_NOEXEC)) return "mount /proc/meminfo";
  if (!IsApplied(Layer::kProcMasks)) return nullptr;
  // These files are world-readable, but guests do not need them. A process that reads `locks`
  // delays every process of the machine that takes or releases a file lock.
  for (const char* path :
       {"/proc/kallsyms", "/proc/keys", "/proc/kcore", "/proc/locks", "/proc/sysrq-trigger"})
    if (access(path, F_OK) == 0 && mount("/dev/null", path, nullptr, MS_BIND, nullptr) != 0)
      return "mask /proc";
  return nullptr;
}

}  // namespace

const char* MountSession(const SessionPlan& plan) {
  if (const char* step = MountPrivate(plan)) return step;
  if (const char* step = MountWorkspace(plan)) return step;
  return MountProc();
}

}  // namespace carrel::child
