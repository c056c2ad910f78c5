#include "sandbox/files/workspace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/directory_walk.h"
#include "sandbox/files/measure_folder.h"
#include "sandbox/files/remove_tree.h"

namespace carrel {
namespace {

constexpr char kFiles[] = "files";
constexpr char kIncoming[] = "incoming";
constexpr char kPrivate[] = "private";
// The session's user may traverse it to files/, which no other user may enter.
constexpr mode_t kSessionMode = 0711;
constexpr mode_t kPrivateMode = 0700;

// Opens the operator's own directory, where symlinks above it are intended.
absl::StatusOr<UniqueFd> OpenHostDirectory(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FileError(errno, "the session directory");
  return fd;
}

absl::Status MakeOwned(int parent, const char* name, FileOwner owner) {
  if (mkdirat(parent, name, kPrivateMode) != 0) {
    if (errno == EEXIST) return absl::AlreadyExistsError("the session has a workspace already");
    return FileError(errno, name);
  }
  absl::StatusOr<UniqueFd> fd = OpenFolderAt(parent, name);
  if (!fd.ok()) return fd.status();
  if (fchown(fd->get(), owner.uid, owner.gid) != 0 || fchmod(fd->get(), kPrivateMode) != 0) {
    return FileError(errno, name);
  }
  return absl::OkStatus();
}

absl::Status EnsureIncoming(int session) {
  // Files in there are of uploads that were under way when the server ended.
  absl::Status removed = RemoveTreeAt(session, kIncoming);
  if (!removed.ok()) return removed;
  return MakeOwned(session, kIncoming, FileOwner{geteuid(), getegid()});
}

// Makes a session's /tmp and /dev/shm.
absl::Status MakeTemporary(int session, FileOwner owner) {
  absl::Status made = MakeOwned(session, kPrivate, owner);
  if (!made.ok()) return made;
  absl::StatusOr<UniqueFd> folder = OpenFolderAt(session, kPrivate);
  if (!folder.ok()) return folder.status();
  made.Update(MakeOwned(folder->get(), "tmp", owner));
  made.Update(MakeOwned(folder->get(), "shm", owner));
  return made;
}

// Collects the files of List one by one.
class ListBuilder {
 public:
  explicit ListBuilder(const ListOptions& options)
      : options_(options), prefix_(options.folder.has_value() ? options.folder->str() + "/" : "") {}

  WalkAction Visit(const WalkEntry& entry) {
    const std::string path = prefix_ + entry.path;
    if (entry.is_folder) return VisitFolder(path);
    if (!entry.is_regular || path <= options_.after_path) return WalkAction::kContinue;
    absl::StatusOr<WorkspacePath> name = WorkspacePath::Parse(path);
    if (!name.ok()) return Skip();
    if (listing_.files.size() >= options_.limit) {
      listing_.more = true;
      return WalkAction::kStop;
    }
    absl::StatusOr<struct stat> status = StatAt(entry.folder, entry.name);
    if (status.ok() && S_ISREG(status->st_mode)) {
      listing_.files.push_back(FileInfo::Of(*name, *status));
    }
    return WalkAction::kContinue;
  }

  Listing Finish(const WalkResult& walk) && {
    listing_.truncated = walk.out_of_entries || walk.unreadable;
    return std::move(listing_);
  }

 private:
  WalkAction VisitFolder(const std::string& path) {
    const std::string start = path + "/";  // The prefix of all paths in it.
    const bool all_listed_before =
        start < options_.after_path && !absl::StartsWith(options_.after_path, start);
    if (all_listed_before) return WalkAction::kSkip;
    absl::StatusOr<WorkspacePath> name = WorkspacePath::Parse(path);
    const bool holds_nothing_nameable = !name.ok() || name->depth() == WorkspacePath::kMaxDepth;
    return holds_nothing_nameable ? Skip() : WalkAction::kContinue;
  }

  WalkAction Skip() {
    ++listing_.skipped;
    return WalkAction::kSkip;
  }

  const ListOptions& options_;
  const std::string prefix_;
  Listing listing_;
};

}  // namespace

Workspace::Workspace(std::string directory, FileOwner owner, WorkspaceLimits limits)
    : directory_(std::move(directory)),
      owner_(owner),
      quota_(std::make_unique<WorkspaceQuota>(limits)) {}

absl::StatusOr<std::shared_ptr<Workspace>> Workspace::Create(const std::string& session_directory,
                                                             FileOwner owner,
                                                             WorkspaceLimits limits) {
  if (mkdir(session_directory.c_str(), kSessionMode) != 0 && errno != EEXIST) {
    return FileError(errno, "the session directory");
  }
  absl::StatusOr<UniqueFd> session = OpenHostDirectory(session_directory);
  if (!session.ok()) return session.status();
  if (fchmod(session->get(), kSessionMode) != 0) return FileError(errno, "the session directory");
  absl::Status made = MakeOwned(session->get(), kFiles, owner);
  if (made.ok() && limits.max_temporary_bytes > 0) made = MakeTemporary(session->get(), owner);
  if (!made.ok()) return made;
  return Open(session_directory, owner, limits);
}

absl::StatusOr<std::shared_ptr<Workspace>> Workspace::Open(const std::string& session_directory,
                                                           FileOwner owner,
                                                           WorkspaceLimits limits) {
  absl::StatusOr<UniqueFd> session = OpenHostDirectory(session_directory);
  if (!session.ok()) return session.status();
  absl::StatusOr<UniqueFd> files = OpenFolderAt(session->get(), kFiles);
  if (!files.ok()) return files.status();
  struct stat status;
  if (fstat(files->get(), &status) != 0) return FileError(errno, "the workspace");
  if (status.st_uid != owner.uid) {
    return absl::FailedPreconditionError("the workspace belongs to another user");
  }
  absl::Status made = EnsureIncoming(session->get());
  if (!made.ok()) return made;
  std::shared_ptr<Workspace> workspace(new Workspace(session_directory, owner, limits));
  if (workspace->has_temporary()) made.Update(workspace->OpenFolder(kPrivate).status());
  if (!made.ok()) return made;
  return workspace;
}

absl::Status Workspace::Destroy(const std::string& session_directory) {
  const size_t slash = session_directory.rfind('/');
  if (slash == std::string::npos || slash + 1 == session_directory.size()) {
    return absl::InvalidArgumentError("not the path of a session directory");
  }
  absl::StatusOr<UniqueFd> parent = OpenHostDirectory(session_directory.substr(0, slash + 1));
  if (absl::IsNotFound(parent.status())) return absl::OkStatus();
  if (!parent.ok()) return parent.status();
  return RemoveTreeAt(parent->get(), session_directory.substr(slash + 1));
}

absl::StatusOr<UniqueFd> Workspace::OpenFolder(const char* name) const {
  absl::StatusOr<UniqueFd> session = OpenHostDirectory(directory_);
  if (absl::IsNotFound(session.status())) return absl::NotFoundError("the workspace was deleted");
  if (!session.ok()) return session.status();
  return OpenFolderAt(session->get(), name);
}

absl::StatusOr<UniqueFd> Workspace::OpenFiles() const { return OpenFolder(kFiles); }

absl::StatusOr<UniqueFd> Workspace::OpenIncoming() const { return OpenFolder(kIncoming); }

absl::StatusOr<FileInfo> Workspace::Stat(const WorkspacePath& path) const {
  absl::StatusOr<UniqueFd> files = OpenFiles();
  if (!files.ok()) return files.status();
  absl::StatusOr<struct stat> status = StatBeneath(files->get(), path);
  if (!status.ok()) return status.status();
  if (!S_ISREG(status->st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path.str(), ": not a regular file"));
  }
  return FileInfo::Of(path, *status);
}

absl::StatusOr<ReadHandle> Workspace::OpenForRead(const WorkspacePath& path) const {
  absl::StatusOr<UniqueFd> files = OpenFiles();
  if (!files.ok()) return files.status();
  absl::StatusOr<OpenedFile> file = OpenFileBeneath(files->get(), path, owner_.uid);
  if (!file.ok()) return file.status();
  return ReadHandle(FileInfo::Of(path, file->status), std::move(file->fd));
}

absl::Status Workspace::CheckReplaceable(const WorkspacePath& path) const {
  absl::StatusOr<UniqueFd> files = OpenFiles();
  if (!files.ok()) return files.status();
  absl::StatusOr<struct stat> status = StatBeneath(files->get(), path);
  if (status.ok() && !S_ISREG(status->st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.str(), ": something that is not a regular file is in the way"));
  }
  // If it does not exist, the existing part of the path above it must be directories.
  for (auto above = path.Parent(); absl::IsNotFound(status.status()) && above.has_value();
       above = above->Parent()) {
    status = StatBeneath(files->get(), *above);
    if (status.ok() && !S_ISDIR(status->st_mode)) return FileError(ENOTDIR, above->str());
  }
  return absl::IsNotFound(status.status()) ? absl::OkStatus() : status.status();
}

absl::Status Workspace::RefreshUsage() {
  const WorkspaceQuota::Amount started = quota_->StartMeasuring();
  // One more than allowed is enough to know.
  absl::StatusOr<WorkspaceUsage> usage = Measure(static_cast<size_t>(limits().max_entries) + 1);
  if (!usage.ok()) return usage.status();
  if (!usage->complete || usage->evades) {
    return absl::ResourceExhaustedError(
        "the workspace holds too many files and folders, or hides them");
  }
  quota_->FinishMeasuring(started, *usage);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<WriteHandle>> Workspace::BeginWrite(const WorkspacePath& path,
                                                                   const WriteOptions& options) {
  if (options.size.value_or(0) < 0) return absl::InvalidArgumentError("the size is negative");
  absl::Status status = CheckReplaceable(path);
  if (status.ok()) status = RefreshUsage();
  if (!status.ok()) return status;
  std::unique_ptr<WriteHandle> handle(new WriteHandle(shared_from_this(), path, options));
  status = handle->Start();
  if (!status.ok()) return status;
  return handle;
}

absl::Status Workspace::Delete(const WorkspacePath& path) {
  absl::StatusOr<UniqueFd> files = OpenFiles();
  if (!files.ok()) return files.status();
  absl::StatusOr<struct stat> status = StatBeneath(files->get(), path);
  if (!status.ok()) return status.status();
  if (S_ISDIR(status->st_mode)) return FileError(EISDIR, path.str());
  absl::optional<WorkspacePath> parent = path.Parent();
  if (!parent.has_value()) return DeleteAt(files->get(), path.Basename());
  absl::StatusOr<UniqueFd> folder = OpenFolderBeneath(files->get(), *parent);
  if (!folder.ok()) return folder.status();
  return DeleteAt(folder->get(), path.Basename());
}

absl::StatusOr<Listing> Workspace::List(const ListOptions& options) const {
  absl::StatusOr<UniqueFd> folder = OpenFiles();
  if (!folder.ok()) return folder.status();
  WalkOptions walk;
  walk.max_entries = options.max_entries;
  walk.max_depth = WorkspacePath::kMaxDepth;
  walk.sorted = true;
  if (options.folder.has_value()) {
    absl::StatusOr<UniqueFd> opened = OpenFolderBeneath(folder->get(), *options.folder);
    if (!opened.ok()) return opened.status();
    folder = std::move(opened);
  }
  ListBuilder builder(options);
  const WalkResult result = WalkBeneath(
      folder->get(), walk, [&builder](const WalkEntry& entry) { return builder.Visit(entry); });
  return std::move(builder).Finish(result);
}

absl::StatusOr<WorkspaceUsage> Workspace::Measure(size_t max_entries) const {
  absl::StatusOr<UniqueFd> files = OpenFiles();
  if (!files.ok()) return files.status();
  return MeasureFolder(files->get(), max_entries);
}

absl::Status Workspace::ClearTemporary() {
  if (!has_temporary()) return absl::OkStatus();
  absl::StatusOr<UniqueFd> folder = OpenFolder(kPrivate);
  if (!folder.ok()) return folder.status();
  for (const char* name : {"tmp", "shm"}) {
    absl::Status status = RemoveTreeAt(folder->get(), name);
    if (status.ok()) status = MakeOwned(folder->get(), name, owner_);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<WorkspaceUsage> Workspace::MeasureTemporary(size_t max_entries) const {
  if (!has_temporary()) return WorkspaceUsage();
  absl::StatusOr<UniqueFd> folder = OpenFolder(kPrivate);
  if (!folder.ok()) return folder.status();
  return MeasureFolder(folder->get(), max_entries);
}

}  // namespace carrel
