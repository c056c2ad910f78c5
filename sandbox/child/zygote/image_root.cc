#include "sandbox/child/zygote/image_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "sandbox/child/confine/host_name.h"
#include "sandbox/child/zygote/cpu_folders.h"
#include "sandbox/child/zygote/public_settings.h"
#include "sandbox/layers.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel::child {
namespace {

constexpr char kZoneInfoPath[] = "/usr/share/zoneinfo";

// A part of the host that is cloned before the root changes and attached after.
struct Source {
  std::string from;
  std::string to;
  bool is_directory = true;
  bool is_required = true;
  bool is_device = false;
  bool read_only = true;
  UniqueFd tree;
};

std::vector<Source> Sources(const std::string& environment, const std::string& sessions) {
  std::vector<Source> sources;
  auto add = [&](std::string from, std::string to, bool directory, bool required) -> Source& {
    Source source;
    source.from = std::move(from);
    source.to = std::move(to);
    source.is_directory = directory;
    source.is_required = required;
    sources.push_back(std::move(source));
    return sources.back();
  };
  add("/usr", "/usr", true, true);
  add(environment, kEnvironmentPath, true, true);
  // The image's time zones replace the host's, for programs and libraries that know only this path.
  if (access(kZoneInfoPath, F_OK) == 0)
    add(environment + kEnvironmentZoneInfo, kZoneInfoPath, true, true);
  add(sessions, kHostSessionsPath, true, true).read_only = false;
  // Without this layer, host files are visible: here only the test's own.
  if (!IsApplied(Layer::kHostHidden)) add(sessions, sessions, true, true);
  for (const PublicSetting& setting : PublicSettings())
    add(setting.path, setting.path, setting.is_directory, false);
  for (const char* node : {"null", "zero", "full", "random", "urandom"}) {
    std::string path = std::string("/dev/") + node;
    Source& source = add(path, path, false, true);
    source.is_device = true;
    source.read_only = false;
  }
  return sources;
}

bool Explain(std::string* error, const std::string& what) {
  *error = what + ": " + strerror(errno);
  return false;
}

bool MakeDirectory(const std::string& path, mode_t mode = 0755) {
  return mkdir(path.c_str(), mode) == 0 || errno == EEXIST;
}

// Makes directories, like `mkdir -p`, below the new root, which is the working directory.
bool MakeParents(const std::string& relative) {
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1))
    if (!MakeDirectory(relative.substr(0, slash))) return false;
  return true;
}

bool WriteText(const std::string& path, const char* text) {
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  ssize_t size = static_cast<ssize_t>(strlen(text));
  return fd.valid() && write(fd.get(), text, static_cast<size_t>(size)) == size;
}

bool CloneTrees(std::vector<Source>* sources, std::string* error) {
  for (Source& source : *sources) {
    source.tree.reset(
        static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, source.from.c_str(),
                                 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
    if (!source.tree.valid() && (source.is_required || errno != ENOENT))
      return Explain(error, "cannot clone " + source.from);
  }
  return true;
}

bool AttachTree(const Source& source, std::string* error) {
  std::string target = source.to.substr(1);
  bool made =
      MakeParents(target) && (source.is_directory ? MakeDirectory(target) : WriteText(target, ""));
  if (!made) return Explain(error, "cannot make " + source.to);
  mount_attr attr{};
  const bool read_only = source.read_only && IsApplied(Layer::kReadOnlyMounts);
  attr.attr_set = MOUNT_ATTR_NOSUID | (read_only ? MOUNT_ATTR_RDONLY : 0) |
                  (source.is_device ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_NODEV);
  attr.propagation = MS_PRIVATE;
  if (syscall(SYS_mount_setattr, source.tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
              sizeof(attr)) != 0)
    return Explain(error, "cannot restrict " + source.from);
  if (syscall(SYS_move_mount, source.tree.get(), "", AT_FDCWD, target.c_str(),
              MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return Explain(error, "cannot attach " + source.to);
  return true;
}

// Makes everything in the root that is not a bind mount. The working directory is the root.
bool MakeSkeleton(std::string* error) {
  bool ok = true;
  for (const char* directory : {"dev",
                                "dev/shm",
                                "etc",
                                "etc/ssl",
                                "opt",
                                "opt/carrel",
                                "mnt",
                                "mnt/data",
                                "proc",
                                "run",
                                "run/empty",
                                "run/session",
                                "sys",
                                "sys/class",
                                "sys/class/net",
                                "sys/devices",
                                "sys/devices/system",
                                "sys/fs",
                                "sys/fs/cgroup",
                                "tmp",
                                "var"})
    ok = ok && MakeDirectory(directory);
  const struct {
    const char* target;
    const char* link;
  } links[] = {
      {"usr/bin", "bin"},
      {"usr/sbin", "sbin"},
      {"usr/lib", "lib"},
      {"usr/lib64", "lib64"},
      {"/tmp", "var/tmp"},
      {"/proc/self/fd", "dev/fd"},
      {"/proc/self/fd/0", "dev/stdin"},
      {"/proc/self/fd/1", "dev/stdout"},
      {"/proc/self/fd/2", "dev/stderr"},
      {"/run/session/passwd", "etc/passwd"},
      {"/run/session/group", "etc/group"},
      {"/usr/share/zoneinfo/Etc/UTC", "etc/localtime"},
      {"/usr/lib/os-release", "etc/os-release"},
      {"/proc/self/mounts", "etc/mtab"},
      // Each session has its own view of these files; see session_view.h.
      {"/run/session/view/cpu", "sys/devices/system/cpu"},
      {"/run/session/view/memory.max", "sys/fs/cgroup/memory.max"},
      {"/run/session/view/pids.max", "sys/fs/cgroup/pids.max"},
      {"/run/session/view/cpu.max", "sys/fs/cgroup/cpu.max"},
      {"/run/session/view/cpu/online", "sys/fs/cgroup/cpuset.cpus.effective"},
  };
  for (const auto& entry : links) ok = ok && symlink(entry.target, entry.link) == 0;
  ok = ok && WriteText("etc/hosts", "127.0.0.1 localhost carrel\n::1 localhost\n") &&
       WriteText("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n") &&
       WriteText("etc/hostname", "carrel\n") && WriteText("run/witness", "visible\n") &&
       WriteText("sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory pids\n") &&
       WriteText("sys/fs/cgroup/memory.high", "max\n") &&
       WriteText("sys/fs/cgroup/memory.swap.max", "0\n") && MakeCpuFolders();
  return ok || Explain(error, "cannot build the image root");
}

bool MountFresh(const char* type, const char* target, unsigned long flags, const char* options) {
  return mount(type, target, type, MS_NOSUID | MS_NODEV | flags, options) == 0;
}

// Gives the zygote the host name of sessions: libraries may keep the name that they read during
// their import, and sessions inherit it.
bool TakeNameOfSessions() {
  return !IsApplied(Layer::kUtsNamespace) || (unshare(CLONE_NEWUTS) == 0 && SetSessionHostName());
}

// Mounts what the new root needs once it is "/".
bool FinishRoot(std::string* error) {
  if (access("/usr/local", F_OK) == 0 &&
      mount("/run/empty", "/usr/local", nullptr, MS_BIND, nullptr) != 0)
    return Explain(error, "cannot hide /usr/local");
  if (!MountFresh("proc", "/proc", MS_NOEXEC, nullptr)) return Explain(error, "cannot mount /proc");
  if (!MountFresh("tmpfs", "/tmp", 0, "mode=1777")) return Explain(error, "cannot mount /tmp");
  unsigned long read_only = IsApplied(Layer::kReadOnlyMounts) ? MS_RDONLY : 0;
  if (mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | read_only | MS_NOSUID | MS_NODEV,
            nullptr) != 0)
    return Explain(error, "cannot make the root read-only");
  return true;
}

}  // namespace

bool EnterImageRoot(const std::string& environment, const std::string& sessions_directory,
                    std::string* error) {
  if (!TakeNameOfSessions()) return Explain(error, "cannot change the host's name");
  if (unshare(CLONE_NEWNS) != 0) return Explain(error, "cannot make a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return Explain(error, "cannot make mounts private");
  std::vector<Source> sources = Sources(environment, sessions_directory);
  if (!CloneTrees(&sources, error)) return false;
  // Any directory can serve as the mount point of the new root: the clones are made already.
  if (!MountFresh("tmpfs", "/tmp", 0, "mode=0755,size=64m") || chdir("/tmp") != 0)
    return Explain(error, "cannot mount the image root");
  if (!MakeSkeleton(error)) return false;
  for (const Source& source : sources)
    if (source.tree.valid() && !AttachTree(source, error)) return false;
  // pivot_root(2): with "." twice the old root lands on top and is detached.
  if (syscall(SYS_pivot_root, ".", ".") != 0) return Explain(error, "cannot pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return Explain(error, "cannot leave the host's root");
  if (chdir("/") != 0) return Explain(error, "cannot enter the image root");
  return FinishRoot(error);
}

}  // namespace carrel::child
