#include "sandbox/files/workspace_write.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/files/workspace.h"

namespace carrel {

WriteHandle::WriteHandle(std::shared_ptr<Workspace> workspace, WorkspacePath path,
                         WriteOptions options)
    : workspace_(std::move(workspace)), path_(std::move(path)), options_(std::move(options)) {}

WriteHandle::~WriteHandle() {
  if (!temporary_.empty()) unlinkat(incoming_.get(), temporary_.c_str(), 0);
  workspace_->quota_->Release(reserved_bytes_, reserved_entries_);
}

absl::Status WriteHandle::Start() {
  // The upload adds the file and, at most, every directory above it.
  const auto entries = static_cast<int64_t>(path_.depth());
  absl::Status reserved = workspace_->quota_->Reserve(0, entries);
  if (!reserved.ok()) return reserved;
  reserved_entries_ = entries;
  const int64_t announced = WorkspaceQuota::BlocksOf(options_.size.value_or(0));
  reserved = workspace_->quota_->Reserve(announced, 0);
  if (!reserved.ok()) return reserved;
  workspace_->quota_->Release(announced, 0);

  // The directory incoming/ is the host's, so beneath.h is not needed.
  absl::StatusOr<UniqueFd> incoming = workspace_->OpenIncoming();
  if (!incoming.ok()) return incoming.status();
  incoming_ = *std::move(incoming);
  std::string name = absl::StrCat("upload-", workspace_->next_upload_.fetch_add(1));
  fd_.reset(openat(incoming_.get(), name.c_str(),
                   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_ && errno == ENOENT) return absl::NotFoundError("the workspace was deleted");
  if (!fd_) return FileError(errno, "the upload");
  temporary_ = std::move(name);
  return absl::OkStatus();
}

absl::Status WriteHandle::ReserveUpTo(int64_t size) {
  const int64_t needed = WorkspaceQuota::BlocksOf(size);
  if (needed <= reserved_bytes_) return absl::OkStatus();
  absl::Status reserved = workspace_->quota_->Reserve(needed - reserved_bytes_, 0);
  if (reserved.ok()) reserved_bytes_ = needed;
  return reserved;
}

absl::Status WriteHandle::Append(absl::string_view data) {
  if (!status_.ok()) return status_;
  const int64_t new_size = size_ + static_cast<int64_t>(data.size());
  if (options_.size.has_value() && new_size > *options_.size) {
    return status_ = absl::InvalidArgumentError(absl::StrCat(
               path_.str(), ": more data than the promised ", *options_.size, " bytes"));
  }
  status_ = ReserveUpTo(new_size);
  if (!status_.ok()) return status_;
  hash_.Update(data);
  while (!data.empty()) {
    const ssize_t count = write(fd_.get(), data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return status_ = FileError(errno, path_.str());
    data.remove_prefix(static_cast<size_t>(count));
  }
  size_ = new_size;
  return absl::OkStatus();
}

absl::Status WriteHandle::CheckPromises(absl::string_view sha256) const {
  if (options_.size.has_value() && size_ != *options_.size) {
    return absl::AbortedError(
        absl::StrCat(path_.str(), ": ended after ", size_, " of ", *options_.size, " bytes"));
  }
  if (!options_.sha256.empty() && options_.sha256 != sha256) {
    return absl::AbortedError(absl::StrCat(path_.str(), ": its SHA-256 is ", sha256));
  }
  return absl::OkStatus();
}

absl::StatusOr<FileInfo> WriteHandle::Commit() {
  if (!status_.ok()) return status_;
  const std::string sha256 = hash_.HexDigest();
  status_ = CheckPromises(sha256);
  if (!status_.ok()) return status_;
  absl::StatusOr<struct stat> published = Publish();
  if (!published.ok()) return status_ = published.status();
  status_ = absl::FailedPreconditionError("the upload was committed already");
  // The guest cannot run the file while it is open for writing.
  fd_.reset();

  FileInfo info = FileInfo::Of(path_, *published);
  info.size = size_;  // The size as uploaded, though the guest may have changed it by now.
  info.sha256 = sha256;
  return info;
}

absl::StatusOr<struct stat> WriteHandle::Publish() {
  const FileOwner owner = workspace_->owner_;
  if (fchown(fd_.get(), owner.uid, owner.gid) != 0 || fchmod(fd_.get(), 0644) != 0) {
    return FileError(errno, path_.str());
  }
  absl::StatusOr<UniqueFd> files = workspace_->OpenFiles();
  if (!files.ok()) return files.status();
  absl::StatusOr<UniqueFd> folder = MakeFolderBeneath(files->get(), path_.Parent(), owner);
  if (!folder.ok()) return folder.status();
  absl::StatusOr<struct stat> old = StatAt(folder->get(), path_.Basename());
  if (old.ok() && !S_ISREG(old->st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_.str(), ": something that is not a regular file is in the way"));
  }
  // If the guest puts a symlink there now, the rename replaces the symlink itself; a directory
  // makes it fail. Neither leads anywhere else.
  absl::Status moved = MoveAt(incoming_.get(), temporary_, folder->get(), path_.Basename());
  if (!moved.ok()) return moved;
  temporary_.clear();
  workspace_->quota_->Commit(reserved_bytes_, reserved_entries_);
  reserved_bytes_ = reserved_entries_ = 0;

  // The status is read after the rename, which changes the ctime.
  struct stat status;
  if (fstat(fd_.get(), &status) != 0) return FileError(errno, path_.str());
  return status;
}

}  // namespace carrel
