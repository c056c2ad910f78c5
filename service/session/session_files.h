// The disk side of a session: its workspace, and the images it displayed.
//
//   <data>/sessions/<folder>/files/, incoming/ …        see sandbox/files/workspace.h
//   <data>/sessions/<folder>/executions/<id>/images/    the server's, 0700
//
// The directory's name, <folder>, is the session's id and a random part that no other session can
// guess: where sessions share a user id, Landlock keeps them from opening each other's files, but
// not from testing whether a path exists.
#ifndef CARREL_SERVICE_SESSION_SESSION_FILES_H_
#define CARREL_SERVICE_SESSION_SESSION_FILES_H_

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sandbox/changes/workspace_changes.h"
#include "sandbox/files/workspace.h"
#include "sandbox/files/workspace_quota_watchdog.h"
#include "service/execution/display.h"
#include "service/execution/execution.h"
#include "service/model/resource_name.h"
#include "service/session/hash_queue.h"
#include "service/session/image_pool.h"

namespace carrel {

// Thread-safe. The methods, except IsUnchanged, block on the disk: never call them on the loop.
class SessionFiles : public std::enable_shared_from_this<SessionFiles> {
 public:
  SessionFiles(asio::thread_pool* pool, HashQueue* hashes, std::string session_id,
               std::string directory, std::shared_ptr<Workspace> workspace,
               std::unique_ptr<WorkspaceChanges> changes);

  // Renames the session. Call it before anything is posted.
  void set_session_id(std::string id) { session_id_ = std::move(id); }

  // Runs `work` on the pool, strictly after all work that was posted before it: a read that is
  // posted after an image was saved finds the image.
  template <typename F>
  void Post(F&& work) {
    asio::post(strand_, std::forward<F>(work));
  }

  const std::shared_ptr<Workspace>& workspace() const { return workspace_; }
  // Name of its directory in <data>/sessions.
  std::string folder() const { return directory_.substr(directory_.rfind('/') + 1); }

  // Writes an image and returns its SHA-256. At most `max_bytes` of the session's images are kept:
  // the oldest are deleted.
  absl::StatusOr<std::string> SaveImage(const std::string& execution, const DisplayedImage& image,
                                        int64_t max_bytes);
  // Opens a workspace file or an image. Errors are fit to be returned to callers.
  absl::StatusOr<ReadHandle> Open(const FileName& name) const;
  // True if Scan would find nothing. Does not touch the disk.
  bool IsUnchanged() const { return changes_->IsUnchanged(); }
  // Collects the changes since the last scan, as artifacts. `done` is called as if by Post, at once
  // or when large files have been hashed. Files beyond the session's hashing budget, or that take
  // too long, have no hash. Call this and the methods below, up to RemoveImages, only in work that
  // is posted.
  void Scan(std::function<void(WorkspaceEffects)> done);
  // Reconciles the record of changes. Call it after each scan, when its result is on its way; see
  // WorkspaceChanges::Reconcile.
  void Reconcile() { changes_->Reconcile(); }
  // Records that the caller, not a cell, wrote or deleted a file: it is no artifact.
  void Record(const FileInfo& file) { changes_->Record(file); }
  void Forget(const WorkspacePath& path) { changes_->Forget(path); }
  // Deletes one image of an execution.
  void RemoveImage(const std::string& execution, const std::string& image_id);
  // Deletes the images of an execution that is forgotten.
  void RemoveImages(const std::string& execution);
  HashQueue* hashes() const { return hashes_; }
  // Makes pending hashing stop, since its result is not needed. Call it on any thread.
  void StopHashing() { hashing_ends_ = true; }
  bool hashing_ends() const { return hashing_ends_; }
  // Deletes everything.
  absl::Status Destroy();

  // Makes a watch over the workspace's limits, for the loop to start and stop.
  std::unique_ptr<WorkspaceQuotaWatchdog> MakeQuotaWatchdog(
      EventLoop* loop, std::function<void(StopReason)> on_exceeded) const;

 private:
  std::string ImageFolder(const std::string& execution) const;
  void DeleteImage(const std::string& execution, const std::string& image_id) const;
  struct Unfinished;
  v1::Artifact ToArtifact(const Change& change) const;
  // Hashes a small artifact, or adds a large one to `scan`.
  void HashSmall(const Change& change, Unfinished* scan);
  void HashLarge(std::shared_ptr<Unfinished> scan);

  std::string session_id_;
  const std::string directory_;
  const std::shared_ptr<Workspace> workspace_;
  const std::shared_ptr<WorkspaceChanges> changes_;
  ImagePool images_;
  asio::thread_pool* const pool_;
  HashQueue* const hashes_;
  HashBudget hash_budget_;
  std::atomic<bool> hashing_ends_{false};
  asio::strand<asio::thread_pool::executor_type> strand_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_FILES_H_
