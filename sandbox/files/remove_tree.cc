#include "sandbox/files/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/beneath.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

// The limit exceeds the depth of any tree that a quota of entries lets a guest make.
constexpr int kMaxPasses = 1'000'000;

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

absl::Status ForEachEntry(int folder, absl::FunctionRef<void(const std::string&)> visit) {
  absl::StatusOr<UniqueFd> fd = ReopenFolder(folder);
  if (!fd.ok()) return fd.status();
  std::unique_ptr<DIR, CloseDir> dir(fdopendir(fd->get()));
  if (dir == nullptr) return FileError(errno, "a folder");
  static_cast<void>(fd->release());
  while (const struct dirent* item = readdir(dir.get())) {
    const std::string name = item->d_name;
    if (name != "." && name != "..") visit(name);
  }
  return absl::OkStatus();
}

// Opens a directory that is to be emptied, whatever its permissions: without CAP_DAC_OVERRIDE these
// bind its owner too.
absl::StatusOr<UniqueFd> OpenForRemoval(int folder, const std::string& name) {
  absl::StatusOr<UniqueFd> node = OpenNodeAt(folder, name);
  if (!node.ok()) return node.status();
  struct stat status;
  if (fstat(node->get(), &status) != 0) return FileError(errno, "a folder");
  if (!S_ISDIR(status.st_mode)) return FileError(ENOTDIR, "an entry");
  if ((status.st_mode & 0700) != 0700) {
    // The reference is used because the name could belong to something else by now.
    const std::string link = absl::StrCat("/proc/self/fd/", node->get());
    if (chmod(link.c_str(), 0700) != 0) return FileError(errno, "a folder");
  }
  return OpenFolderAt(folder, name);
}

// Empties the directory `top` without descending: entries of a subdirectory are deleted, or, if
// they are directories that are not empty, first moved up into `top`, to be handled in a later
// pass. So the number of descriptors does not grow with the depth, and every entry is handled at
// most twice.
class Flattener {
 public:
  explicit Flattener(int top) : top_(top) {}

  absl::Status Empty() {
    for (int pass = 0; pass < kMaxPasses; ++pass) {
      progress_ = false;
      bool empty = true;
      status_ = absl::OkStatus();
      absl::Status listed = ForEachEntry(top_, [&](const std::string& name) {
        empty = false;
        RemoveEntry(name);
      });
      if (!listed.ok()) return listed;
      if (empty) return absl::OkStatus();
      if (!progress_) break;
    }
    return status_.ok() ? absl::UnavailableError("the folder keeps filling up") : status_;
  }

 private:
  void RemoveEntry(const std::string& name) {
    if (Unlink(top_, name)) return;
    absl::StatusOr<UniqueFd> folder = OpenForRemoval(top_, name);
    if (!folder.ok()) return Fail(folder.status());
    absl::Status listed = ForEachEntry(folder->get(), [&](const std::string& child) {
      if (!Unlink(folder->get(), child)) Hoist(folder->get(), child);
    });
    if (!listed.ok()) return Fail(listed);
    if (!Unlink(top_, name)) Fail(FileError(EBUSY, "a folder"));
  }

  // Deletes a file or an empty directory.
  bool Unlink(int folder, const std::string& name) {
    const bool gone = unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT ||
                      unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
    progress_ = progress_ || gone;
    return gone;
  }

  void Hoist(int folder, const std::string& name) {
    // Moving a directory writes to it (its ".."), so it must be writable.
    absl::StatusOr<UniqueFd> child = OpenForRemoval(folder, name);
    if (!child.ok()) return Fail(child.status());
    while (true) {
      const std::string free_name = absl::StrCat("removed-", next_++);
      if (syscall(SYS_renameat2, folder, name.c_str(), top_, free_name.c_str(), RENAME_NOREPLACE) ==
          0) {
        progress_ = true;
        return;
      }
      // The guest may have used that name.
      if (errno != EEXIST) return Fail(FileError(errno, "a folder"));
    }
  }

  void Fail(absl::Status status) { status_.Update(std::move(status)); }

  const int top_;
  uint64_t next_ = 0;
  bool progress_ = false;
  absl::Status status_;  // The first error of this pass.
};

}  // namespace

absl::Status RemoveTreeAt(int parent, const std::string& name) {
  absl::Status deleted = DeleteAt(parent, name);
  if (deleted.ok() || absl::IsNotFound(deleted)) return absl::OkStatus();
  if (!absl::IsFailedPrecondition(deleted)) return deleted;
  absl::StatusOr<UniqueFd> folder = OpenForRemoval(parent, name);
  if (!folder.ok()) return folder.status();
  absl::Status emptied = Flattener(folder->get()).Empty();
  if (!emptied.ok()) return emptied;
  if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return FileError(errno, "a folder");
  }
  return absl::OkStatus();
}

}  // namespace carrel
