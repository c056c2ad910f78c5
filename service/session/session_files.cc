#include "service/session/session_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sandbox/files/hash_file.h"
#include "sandbox/files/mime_type.h"
#include "sandbox/files/sha256.h"
#include "service/model/errors.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

// Maximum time to hash all changes of a cell, since the cell's answer waits for it.
constexpr auto kMaxHashTime = std::chrono::seconds(10);
constexpr int kMaxArtifacts = 1000;
// Maximum bytes of the artifacts' names in one `finished` event, which must fit a message.
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

SessionFiles::SessionFiles(asio::thread_pool* pool, HashQueue* hashes, std::string session_id,
                           std::string directory, std::shared_ptr<Workspace> workspace,
                           std::unique_ptr<WorkspaceChanges> changes)
    : session_id_(std::move(session_id)),
      directory_(std::move(directory)),
      workspace_(std::move(workspace)),
      changes_(std::move(changes)),
      pool_(pool),
      hashes_(hashes),
      strand_(asio::make_strand(pool->get_executor())) {}

std::string SessionFiles::ImageFolder(const std::string& execution) const {
  return absl::StrCat(directory_, "/executions/", execution, "/images");
}

absl::StatusOr<std::string> SessionFiles::SaveImage(const std::string& execution,
                                                    const DisplayedImage& image,
                                                    int64_t max_bytes) {
  std::error_code error;
  fs::create_directories(ImageFolder(execution), error);
  if (error) return absl::InternalError(error.message());
  fs::permissions(directory_ + "/executions", fs::perms::owner_all, error);
  const std::string file = absl::StrCat(ImageFolder(execution), "/", image.id);
  UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "open");
  const auto size = static_cast<int64_t>(image.data->size());
  for (const ImagePool::Image& old : images_.Put({execution, image.id, size}, max_bytes))
    DeleteImage(old.execution, old.id);
  if (absl::Status status = WriteAll(fd.get(), *image.data); !status.ok()) {
    RemoveImage(execution, image.id);
    return status;
  }
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
  if (!fd.valid() && images_.HasForgotten(name.execution)) return ImageForgotten(ToString(name));
  if (!fd.valid() || fstat(fd.get(), &status) != 0) return FileNotFound(ToString(name));
  return ReadHandle(FileInfo::Of(*image, status), std::move(fd));
}

v1::Artifact SessionFiles::ToArtifact(const Change& change) const {
  v1::Artifact artifact;
  artifact.set_name(FileNameOf(session_id_, change.path.str()));
  artifact.set_path(change.path.str());
  artifact.set_change(ToProto(change.kind));
  artifact.set_size_bytes(change.size);
  artifact.set_mime_type(std::string(MimeTypeOfPath(change.path.str())));
  return artifact;
}

// A scan some of whose files are still to be hashed.
struct SessionFiles::Unfinished {
  WorkspaceEffects effects;
  std::function<void(WorkspaceEffects)> done;
  int64_t small_bytes = HashQueue::kSmallBytes;  // Budget for small files.
  std::vector<std::pair<size_t, Change>> large;  // The index of the artifact, and its change.
  std::chrono::steady_clock::time_point end = std::chrono::steady_clock::now() + kMaxHashTime;
};

void SessionFiles::Scan(std::function<void(WorkspaceEffects)> done) {
  absl::StatusOr<Changes> changes = changes_->Collect();
  auto scan = std::make_shared<Unfinished>();
  WorkspaceEffects& effects = scan->effects;
  if (!changes.ok()) {
    spdlog::warn("session {}: workspace scan: {}", session_id_, changes.status().ToString());
    effects.truncated = true;
    return done(std::move(effects));
  }
  scan->done = std::move(done);
  effects.truncated = changes->truncated;
  int64_t name_budget = kMaxArtifactBytes;
  for (const Change& change : changes->list) {
    effects.written_bytes += change.size;
    name_budget -= 2 * static_cast<int64_t>(change.path.str().size()) + 200;
    if (static_cast<int>(effects.artifacts.size()) >= kMaxArtifacts || name_budget < 0) {
      effects.truncated = true;
      continue;
    }
    effects.artifacts.push_back(ToArtifact(change));
    HashSmall(change, scan.get());
  }
  HashLarge(std::move(scan));
}

void SessionFiles::HashSmall(const Change& change, Unfinished* scan) {
  if (change.kind == Change::Kind::kDeleted) return;
  if (!hash_budget_.Spend(change.size, HashBudget::Clock::now())) return;
  if (change.size > scan->small_bytes) {
    scan->large.emplace_back(scan->effects.artifacts.size() - 1, change);
    return;
  }
  scan->small_bytes -= change.size;
  absl::StatusOr<ReadHandle> file = workspace_->OpenForRead(change.path);
  if (!file.ok()) return;
  // The file may have grown since: then it has no hash, rather than a long wait.
  absl::StatusOr<std::string> hash = HashFile(*file, change.size);
  if (hash.ok()) scan->effects.artifacts.back().set_sha256(*hash);
}

void SessionFiles::HashLarge(std::shared_ptr<Unfinished> scan) {
  while (!scan->large.empty()) {
    const auto [place, change] = std::move(scan->large.back());
    scan->large.pop_back();
    absl::StatusOr<ReadHandle> file = workspace_->OpenForRead(change.path);
    if (!file.ok()) continue;
    auto go_on = [self = shared_from_this(), end = scan->end] {
      return !self->hashing_ends_ && std::chrono::steady_clock::now() < end;
    };
    auto done = [self = shared_from_this(), scan, place = place](absl::StatusOr<std::string> hash) {
      if (hash.ok()) scan->effects.artifacts[place].set_sha256(*hash);
      self->Post([self, scan] { self->HashLarge(scan); });
    };
    return hashes_->Hash(*std::move(file), change.size, std::move(go_on), std::move(done));
  }
  scan->done(std::move(scan->effects));
}

void SessionFiles::RemoveImage(const std::string& execution, const std::string& image_id) {
  images_.Remove(execution, image_id);
  DeleteImage(execution, image_id);
}

void SessionFiles::DeleteImage(const std::string& execution, const std::string& image_id) const {
  std::error_code ignored;
  fs::remove(absl::StrCat(ImageFolder(execution), "/", image_id), ignored);
  // Removes its directories, too, if they are empty now.
  fs::remove(ImageFolder(execution), ignored);
  fs::remove(absl::StrCat(directory_, "/executions/", execution), ignored);
}

void SessionFiles::RemoveImages(const std::string& execution) {
  images_.RemoveAllOf(execution);
  std::error_code error;
  fs::remove_all(absl::StrCat(directory_, "/executions/", execution), error);
}

std::unique_ptr<WorkspaceQuotaWatchdog> SessionFiles::MakeQuotaWatchdog(
    EventLoop* loop, std::function<void(StopReason)> on_exceeded) const {
  auto post_work = [strand = strand_](std::function<void()> work) {
    asio::post(strand, std::move(work));
  };
  return std::make_unique<WorkspaceQuotaWatchdog>(loop, pool_, workspace_, changes_,
                                                  std::move(post_work), std::move(on_exceeded));
}

absl::Status SessionFiles::Destroy() {
  changes_->Stop();
  // An upload that is committed at this moment may add a file to a directory while that is being
  // deleted; once the directory is gone none can.
  absl::Status status;
  for (int attempt = 0; attempt < 5; ++attempt) {
    status = Workspace::Destroy(directory_);
    if (!absl::IsUnavailable(status)) return status;
  }
  return status;
}

}  // namespace carrel
