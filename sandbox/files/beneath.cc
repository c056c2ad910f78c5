#include "sandbox/files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

constexpr mode_t kFolderMode = 0755;
// The number of retries when the tree changes under a call. Every retry needs the guest to win
// another race.
constexpr int kMaxRetries = 64;

// Makes the only call to openat2. `path` may be any relative path, even a hostile one.
UniqueFd OpenBeneath(int folder, const std::string& path, uint64_t flags) {
  struct open_how how = {};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW;
  // O_PATH tolerates few other flags. Everything else is opened so that neither a FIFO, nor a
  // terminal, nor a lease can hold up the host, and no access time reveals the opening to the
  // guest.
  if ((flags & O_PATH) == 0) how.flags |= O_NOCTTY | O_NONBLOCK | O_NOATIME;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  for (int attempt = 0;; ++attempt) {
    const long fd = syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how);
    // EAGAIN: a rename elsewhere kept the kernel from resolving the path with certainty.
    const bool again = fd < 0 && (errno == EINTR || errno == EAGAIN);
    if (!again || attempt == kMaxRetries) return UniqueFd(static_cast<int>(fd));
  }
}

// Returns true for a name of one component: openat2 would resolve more than that beneath `folder`,
// but the other *at calls would not stay beneath it.
bool IsEntryName(absl::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(absl::string_view("/\0", 2)) == absl::string_view::npos;
}

// Returns `name` for a message, if it is fit to be shown.
absl::string_view Shown(absl::string_view name) {
  return IsPathComponent(name) ? name : "an entry with an odd name";
}

absl::Status NotAnEntry() { return absl::InvalidArgumentError("not the name of one entry"); }

absl::StatusOr<struct stat> StatOf(const UniqueFd& fd, absl::string_view what) {
  struct stat status;
  if (fstat(fd.get(), &status) != 0) return FileError(errno, what);
  return status;
}

// Opens a reference to whatever `path` names, a symlink included.
absl::StatusOr<UniqueFd> OpenNode(int root, const WorkspacePath& path) {
  UniqueFd node = OpenBeneath(root, path.str(), O_PATH);
  if (node) return node;
  // Nothing exists below a file.
  return FileError(errno == ENOTDIR ? ENOENT : errno, path.str());
}

absl::Status CheckReadable(const struct stat& status, absl::string_view what, uid_t owner) {
  if (S_ISLNK(status.st_mode)) return FileError(ELOOP, what);
  if (S_ISDIR(status.st_mode)) return FileError(EISDIR, what);
  if (!S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(what, ": not a regular file"));
  }
  if (status.st_uid != owner) {
    return absl::FailedPreconditionError(absl::StrCat(what, ": does not belong to the session"));
  }
  return absl::OkStatus();
}

// Opens the inode of `node` for reading, if that is a regular file of the owner's.
absl::StatusOr<OpenedFile> OpenRegular(absl::StatusOr<UniqueFd> node, absl::string_view what,
                                       uid_t owner) {
  // The reference to the inode has opened nothing, so its kind can be checked without waking a
  // FIFO's writer or touching a device. Then that inode, whatever its name leads to by now, is
  // opened through the reference. An inode's kind never changes, so there is nothing to race.
  // (Opening with O_NONBLOCK and checking afterwards would be as safe for the host, but a FIFO's
  // writer would notice.)
  if (!node.ok()) return node.status();
  absl::StatusOr<struct stat> status = StatOf(*node, what);
  if (!status.ok()) return status.status();
  absl::Status readable = CheckReadable(*status, what, owner);
  if (!readable.ok()) return readable;

  const std::string link = absl::StrCat("/proc/self/fd/", node->get());
  // Without O_NONBLOCK, a process with a lease (fcntl F_SETLEASE) on the file would hold up this
  // call for as long as /proc/sys/fs/lease-break-time.
  UniqueFd fd(open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOATIME));
  if (!fd && errno == ENOENT) return absl::InternalError("/proc is not mounted");
  if (!fd) return FileError(errno, what);
  status = StatOf(fd, what);
  if (!status.ok()) return status.status();
  return OpenedFile{std::move(fd), *status};
}

// Performs one step of MakeFolderBeneath; sets errno if it fails.
UniqueFd OpenOrMakeFolder(int folder, const std::string& name, FileOwner owner) {
  for (int attempt = 0; attempt < kMaxRetries; ++attempt) {
    UniqueFd fd = OpenBeneath(folder, name, O_RDONLY | O_DIRECTORY);
    if (fd || errno != ENOENT) return fd;
    if (mkdirat(folder, name.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;  // Another process made it.
      return UniqueFd();
    }
    // The guest may have put another directory of its own here meanwhile. Then this gives it a
    // directory that it owns already.
    fd = OpenBeneath(folder, name, O_RDONLY | O_DIRECTORY);
    if (!fd && errno == ENOENT) continue;
    if (!fd || fchown(fd.get(), owner.uid, owner.gid) != 0 || fchmod(fd.get(), kFolderMode) != 0) {
      return UniqueFd();
    }
    return fd;
  }
  errno = EAGAIN;
  return UniqueFd();
}

}  // namespace

absl::StatusOr<OpenedFile> OpenFileBeneath(int root, const WorkspacePath& path, uid_t owner) {
  return OpenRegular(OpenNode(root, path), path.str(), owner);
}

absl::StatusOr<UniqueFd> OpenFolderBeneath(int root, const WorkspacePath& path) {
  UniqueFd fd = OpenBeneath(root, path.str(), O_RDONLY | O_DIRECTORY);
  if (!fd) return FileError(errno, path.str());
  return fd;
}

absl::StatusOr<UniqueFd> OpenFolderByBytes(int root, const std::string& path) {
  if (path.find('\0') != std::string::npos) return NotAnEntry();
  UniqueFd fd = OpenBeneath(root, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
  if (!fd) return FileError(errno, "a folder");
  return fd;
}

absl::StatusOr<UniqueFd> ReopenFolder(int folder) {
  UniqueFd fd = OpenBeneath(folder, ".", O_RDONLY | O_DIRECTORY);
  if (!fd) return FileError(errno, "the folder");
  return fd;
}

absl::StatusOr<UniqueFd> MakeFolderBeneath(int root, const absl::optional<WorkspacePath>& path,
                                           FileOwner owner) {
  absl::StatusOr<UniqueFd> folder = ReopenFolder(root);
  if (!folder.ok() || !path.has_value()) return folder;
  for (absl::string_view component : path->Components()) {
    folder = OpenOrMakeFolder(folder->get(), std::string(component), owner);
    if (!folder->valid()) return FileError(errno, path->str());
  }
  return folder;
}

absl::StatusOr<struct stat> StatBeneath(int root, const WorkspacePath& path) {
  absl::StatusOr<UniqueFd> node = OpenNode(root, path);
  if (!node.ok()) return node.status();
  return StatOf(*node, path.str());
}

absl::StatusOr<UniqueFd> OpenFolderAt(int folder, absl::string_view name) {
  if (!IsEntryName(name)) return NotAnEntry();
  UniqueFd fd = OpenBeneath(folder, std::string(name), O_RDONLY | O_DIRECTORY);
  if (!fd) return FileError(errno, Shown(name));
  return fd;
}

absl::StatusOr<struct stat> StatAt(int folder, absl::string_view name) {
  if (!IsEntryName(name)) return NotAnEntry();
  struct stat status;
  if (fstatat(folder, std::string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return FileError(errno, Shown(name));
  }
  return status;
}

absl::StatusOr<UniqueFd> OpenNodeAt(int folder, absl::string_view name) {
  if (!IsEntryName(name)) return NotAnEntry();
  UniqueFd fd = OpenBeneath(folder, std::string(name), O_PATH);
  if (!fd) return FileError(errno, Shown(name));
  return fd;
}

absl::StatusOr<OpenedFile> OpenFileAt(int folder, absl::string_view name, uid_t owner) {
  return OpenRegular(OpenNodeAt(folder, name), Shown(name), owner);
}

absl::Status DeleteAt(int folder, absl::string_view name) {
  if (!IsEntryName(name)) return NotAnEntry();
  if (unlinkat(folder, std::string(name).c_str(), 0) != 0) return FileError(errno, Shown(name));
  return absl::OkStatus();
}

absl::Status MoveAt(int source, const std::string& source_name, int folder,
                    absl::string_view name) {
  if (!IsEntryName(name) || !IsEntryName(source_name)) return NotAnEntry();
  if (renameat(source, source_name.c_str(), folder, std::string(name).c_str()) == 0) {
    return absl::OkStatus();
  }
  if (errno == ENOENT) return absl::AbortedError("the folder was deleted meanwhile");
  return FileError(errno, Shown(name));
}

absl::Status FileError(int error_number, absl::string_view what) {
  const auto says = [what](absl::string_view reason) { return absl::StrCat(what, ": ", reason); };
  switch (error_number) {
    case ENOENT:
      return absl::NotFoundError(says("no such file or folder"));
    case ELOOP:
      return absl::FailedPreconditionError(says("is a symlink, or leads through one"));
    case ENOTDIR:
      return absl::FailedPreconditionError(says("is not a folder, or leads through a file"));
    case EISDIR:
      return absl::FailedPreconditionError(says("is a folder"));
    case EXDEV:
      return absl::FailedPreconditionError(says("leads out of the workspace"));
    case EACCES:
    case EPERM:
      return absl::FailedPreconditionError(says("its permissions forbid it"));
    case EAGAIN:
    case EBUSY:
      return absl::UnavailableError(says("is in use by the session's code"));
    case ENOSPC:
    case EDQUOT:
    case EMLINK:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::ResourceExhaustedError(says(std::strerror(error_number)));
    case ENOSYS:
      return absl::UnimplementedError("this kernel has no openat2, or a filter refuses it");
    default:
      return absl::InternalError(says(std::strerror(error_number)));
  }
}

}  // namespace carrel
