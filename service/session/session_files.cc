#include "service/session/session_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "sandbox/parsing/mime_type.h"
#include "sandbox/parsing/sha256.h"
#include "sandbox/workspace/hash_file.h"
#include "service/requests/errors.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxHashedBytes = int64_t{256} << 20;
constexpr int kMaxArtifacts = 1000;
// Names of artifacts in one `finished` event, which must fit a message.
constexpr int64_t kMaxArtifactBytes = 1 << 20;

absl::Status WriteAll(int fd, absl::string_view data) {
  while (!data.empty()) {
    ssize_t written = write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    data.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

v1::Artifact::Change ToProto(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::kCreated:
      return v1::Artifact::CREATED;
    case Change::Kind::kModified:
      return v1::Artifact::MODIFIED;
    case Change::Kind::kDeleted:
      return v1::Artifact::DELETED;
  }
  return v1::Artifact::CHANGE_UNSPECIFIED;
}

}  // namespace

SessionFiles::SessionFiles(asio::thread_pool* pool, std::string session_id, std::string directory,
                           std::shared_ptr<Workspace> workspace,
                           std::unique_ptr<WorkspaceChanges> changes)
    : session_id_(std::move(session_id)),
      directory_(std::move(directory)),
      workspace_(std::move(workspace)),
      changes_(std::move(changes)),
      pool_(pool),
      strand_(asio::make_strand(pool->get_executor())) {}

std::string SessionFiles::ImageFolder(const std::string& execution) const {
  return absl::StrCat(directory_, "/executions/", execution, "/images");
}

absl::StatusOr<std::string> SessionFiles::SaveImage(const std::string& execution,
                                                    const DisplayedImage& image) const {
  std::error_code error;
  fs::create_directories(ImageFolder(execution), error);
  if (error) return absl::InternalError(error.message());
  fs::permissions(directory_ + "/executions", fs::perms::owner_all, error);
  const std::string file = absl::StrCat(ImageFolder(execution), "/", image.id);
  UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "open");
  if (absl::Status status = WriteAll(fd.get(), *image.data); !status.ok()) return status;
  return Sha256Hex(*image.data);
}

absl::StatusOr<ReadHandle> SessionFiles::Open(const FileName& name) const {
  if (name.path) {
    absl::StatusOr<ReadHandle> file = workspace_->OpenForRead(*name.path);
    if (!file.ok()) return FileError(file.status(), ToString(name));
    return file;
  }
  absl::StatusOr<WorkspacePath> image = WorkspacePath::Parse(name.image);
  if (!image.ok()) return FileNotFound(ToString(name));
  const std::string file = absl::StrCat(ImageFolder(name.execution), "/", image->str());
  UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status;
  if (!fd.valid() || fstat(fd.get(), &status) != 0) return FileNotFound(ToString(name));
  return ReadHandle(FileInfo::Of(*image, status), std::move(fd));
}

v1::Artifact SessionFiles::ToArtifact(const Change& change, int64_t* hash_budget) const {
  v1::Artifact artifact;
  artifact.set_name(FileNameOf(session_id_, change.path.str()));
  artifact.set_path(change.path.str());
  artifact.set_change(ToProto(change.kind));
  artifact.set_size_bytes(change.size);
  artifact.set_mime_type(std::string(MimeTypeOfPath(change.path.str())));
  if (change.kind == Change::Kind::kDeleted || change.size > *hash_budget) return artifact;
  *hash_budget -= change.size;
  absl::StatusOr<ReadHandle> file = workspace_->OpenForRead(change.path);
  if (!file.ok()) return artifact;
  // It may have grown since: then there is no hash rather than a long wait.
  absl::StatusOr<std::string> hash = HashFile(*file, change.size);
  if (hash.ok()) artifact.set_sha256(*hash);
  return artifact;
}

WorkspaceEffects SessionFiles::Scan() {
  WorkspaceEffects effects;
  absl::StatusOr<Changes> changes = changes_->Collect();
  if (!changes.ok()) {
    spdlog::warn("session {}: workspace scan: {}", session_id_, changes.status().ToString());
    effects.truncated = true;
    return effects;
  }
  effects.truncated = changes->truncated;
  int64_t hash_budget = kMaxHashedBytes;
  int64_t name_budget = kMaxArtifactBytes;
  for (const Change& change : changes->list) {
    effects.written_bytes += change.size;
    name_budget -= 2 * static_cast<int64_t>(change.path.str().size()) + 200;
    if (static_cast<int>(effects.artifacts.size()) >= kMaxArtifacts || name_budget < 0) {
      effects.truncated = true;
      continue;
    }
    effects.artifacts.push_back(ToArtifact(change, &hash_budget));
  }
  return effects;
}

void SessionFiles::RemoveImage(const std::string& execution, const std::string& image_id) const {
  std::error_code ignored;
  fs::remove(absl::StrCat(ImageFolder(execution), "/", image_id), ignored);
  // Its folders, too, if it was the last one there.
  fs::remove(ImageFolder(execution), ignored);
  fs::remove(absl::StrCat(directory_, "/executions/", execution), ignored);
}

void SessionFiles::RemoveImages(const std::string& execution) const {
  std::error_code error;
  fs::remove_all(absl::StrCat(directory_, "/executions/", execution), error);
}

std::unique_ptr<WorkspaceWatch> SessionFiles::MakeWatch(
    EventLoop* loop, std::function<void(StopReason)> on_exceeded) const {
  auto post_work = [strand = strand_](std::function<void()> work) {
    asio::post(strand, std::move(work));
  };
  return std::make_unique<WorkspaceWatch>(loop, pool_, workspace_, changes_, std::move(post_work),
                                          std::move(on_exceeded));
}

absl::Status SessionFiles::Destroy() {
  changes_->Stop();
  // An upload that is committed just now may add a file to a folder while it is
  // being deleted; once the folder is gone none can.
  absl::Status status;
  for (int attempt = 0; attempt < 5; ++attempt) {
    status = Workspace::Destroy(directory_);
    if (!absl::IsUnavailable(status)) return status;
  }
  return status;
}

}  // namespace carrel
