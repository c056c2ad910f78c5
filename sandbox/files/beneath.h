// The only way in which the host touches a guest's files.
//
// A workspace belongs to hostile code, which renames, replaces and links in it
// while the host (root, perhaps) resolves a name. So every name is resolved by
// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
// RESOLVE_NO_XDEV, relative to a directory descriptor: what is opened lies in the
// tree below that directory and on its file system, or the call fails. There is
// no check of a path followed by a use of that path, hence nothing to race. A
// kernel without openat2 is an error (Unimplemented), never a fallback.
//
// Errors are canonical, and name the path within the workspace, never the host's:
//   NotFound            nothing has that name
//   FailedPrecondition  a symlink, or something that is not what was asked for
//   Unavailable         a process holds a lease on it, or renames got in the way: try again
//   ResourceExhausted   disk, inodes or descriptors used up
// All functions are thread-safe, none can be made to block by a guest, and the files and
// directories that they read keep their access time.
#ifndef CARREL_SANDBOX_FILES_BENEATH_H_
#define CARREL_SANDBOX_FILES_BENEATH_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sandbox/files/path_name.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// The owner of everything in a workspace.
struct FileOwner {
  uid_t uid = 0;
  gid_t gid = 0;
};

// A regular file, open for reading.
struct OpenedFile {
  UniqueFd fd;
  struct stat status;  // The status of `fd` at the time of opening.
};

// Opens the regular file `path` below `root` for reading. It must belong to `owner`: the guest
// cannot make hard links to files outside its workspace (its workspace is a mount of its own, or
// Landlock refuses the link), and if it could, those files would not be its own. Links within the
// workspace are harmless, so st_nlink is not checked.
absl::StatusOr<OpenedFile> OpenFileBeneath(int root, const WorkspacePath& path, uid_t owner);

// Opens the directory `path` below `root`, for reading and as a base for `…At`.
absl::StatusOr<UniqueFd> OpenFolderBeneath(int root, const WorkspacePath& path);

// The same for a path composed of names that were read from directories, which may contain any
// bytes. An empty path means `root` itself.
absl::StatusOr<UniqueFd> OpenFolderByBytes(int root, const std::string& path);

// Opens another descriptor of an open directory, which reads from the first entry.
absl::StatusOr<UniqueFd> ReopenFolder(int folder);

// Opens the directory `path` like OpenFolderBeneath, and makes the directories that are missing,
// with mode 0755 and owned by `owner`. No path means `root` itself.
absl::StatusOr<UniqueFd> MakeFolderBeneath(int root, const absl::optional<WorkspacePath>& path,
                                           FileOwner owner);

// Returns the status of `path`, the last component not followed if it is a symlink.
absl::StatusOr<struct stat> StatBeneath(int root, const WorkspacePath& path);

// The same for one entry of an open directory. `name` was read from that directory or is a
// component of a WorkspacePath; it is refused if it contains a slash. Returns NotFound if it has
// gone meanwhile.
absl::StatusOr<UniqueFd> OpenFolderAt(int folder, absl::string_view name);
absl::StatusOr<struct stat> StatAt(int folder, absl::string_view name);

// Returns a reference (O_PATH) to an entry of any kind, which opens nothing: it can be neither read
// nor written, and a FIFO or device does not notice.
absl::StatusOr<UniqueFd> OpenNodeAt(int folder, absl::string_view name);

// Opens the regular file `name` for reading, or returns FailedPrecondition: see OpenFileBeneath.
absl::StatusOr<OpenedFile> OpenFileAt(int folder, absl::string_view name, uid_t owner);

// Deletes an entry that is not a directory; FailedPrecondition if it is one.
absl::Status DeleteAt(int folder, absl::string_view name);

// Renames `source_name` in `source`, a directory of the host's, to `name` in `folder`. An existing
// entry of that name is replaced in one step, if it is not a directory; a symlink is replaced, not
// followed. Aborted if `folder` has been deleted.
absl::Status MoveAt(int source, const std::string& source_name, int folder, absl::string_view name);

// Returns the status for `error_number`; `what` is a workspace path or a phrase.
absl::Status FileError(int error_number, absl::string_view what);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_BENEATH_H_
