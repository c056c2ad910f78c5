#include "service/session/session_maker.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/processes/user_sweep.h"
#include "service/model/errors.h"
#include "service/session/random_id.h"

namespace carrel {
namespace {

// Number of user ids beyond those of open sessions: for warm ones, and so that none is reused soon.
constexpr uint32_t kSpareUids = 1000;
// The self-test uses the first two.
constexpr uint32_t kSelfTestUids = 2;

}  // namespace

SessionMaker::SessionMaker(EventLoop* loop, asio::thread_pool* pool, const SessionStores* stores,
                           const ServerSettings* settings, const SessionIsolation& isolation)
    : loop_(loop),
      pool_(pool),
      stores_(stores),
      settings_(settings),
      isolation_mode_(isolation.isolation_mode),
      cgroups_(isolation.cgroups),
      uids_(settings->first_session_uid + kSelfTestUids,
            static_cast<uint32_t>(settings->max_session_count) + kSpareUids),
      changes_(loop) {
  if (!changes_.works())
    spdlog::warn("inotify is not available: the whole workspace is scanned after every cell");
}

absl::StatusOr<uint32_t> SessionMaker::AcquireUid() {
  return HasOwnUser(isolation_mode_) ? uids_.Acquire() : geteuid();
}

void SessionMaker::ReleaseUid(uint32_t uid) {
  if (HasOwnUser(isolation_mode_)) uids_.Release(uid);
}

absl::Status SessionMaker::TooMany() const { return TooManySessions(settings_->max_session_count); }

void SessionMaker::Make(SessionSpec spec, Made done) {
  absl::StatusOr<uint32_t> uid = AcquireUid();
  if (!uid.ok()) return done(TooMany());
  // The random part is needed in isolation modes without mounts, where a session can test whether a
  // path that it knows exists.
  std::string directory =
      absl::StrCat(settings_->data_directory, "/sessions/", spec.id, ".", RandomId());
  asio::post(*pool_, [this, spec = std::move(spec), uid = *uid, directory = std::move(directory),
                      done = std::move(done)]() mutable {
    WorkspaceLimits limits;
    limits.max_bytes = spec.limits.workspace_bytes();
    limits.max_entries = spec.limits.workspace_file_count();
    if (!HasOwnNamespaces(isolation_mode_))
      limits.max_temporary_bytes = spec.limits.temporary_bytes();
    absl::StatusOr<std::shared_ptr<Workspace>> workspace =
        Workspace::Create(directory, FileOwner{uid, uid}, limits);
    std::unique_ptr<WorkspaceChanges> changes;
    if (workspace.ok()) changes = std::make_unique<WorkspaceChanges>(*workspace, &changes_);
    loop_->Post([this, spec = std::move(spec), uid, directory = std::move(directory),
                 workspace = std::move(workspace), changes = std::move(changes),
                 done = std::move(done)]() mutable {
      OnWorkspaceMade(std::move(spec), uid, directory, std::move(workspace), std::move(changes),
                      std::move(done));
    });
  });
}

void SessionMaker::OnWorkspaceMade(SessionSpec spec, uint32_t uid, const std::string& directory,
                                   absl::StatusOr<std::shared_ptr<Workspace>> workspace,
                                   std::unique_ptr<WorkspaceChanges> changes, Made done) {
  if (!workspace.ok()) {
    spdlog::error("session {}: the workspace cannot be made: {}", spec.id,
                  workspace.status().ToString());
    ReleaseUid(uid);  // No process was started with it.
    return done(
        ServerError(absl::StrCat("the workspace cannot be made: ", workspace.status().message())));
  }
  auto files = std::make_shared<SessionFiles>(pool_, &hashes_, spec.id, directory,
                                              *std::move(workspace), std::move(changes));
  auto session =
      std::make_shared<Session>(loop_, stores_, settings_, std::move(spec), uid, std::move(files));
  session->Open([this, session, done = std::move(done)](const absl::Status& status) mutable {
    if (status.ok()) return done(session);
    Dispose(session,
            [status, done = std::move(done)](const absl::Status&) mutable { done(status); });
  });
}

void SessionMaker::Dispose(const std::shared_ptr<Session>& session,
                           absl::AnyInvocable<void(absl::Status)> done) {
  // The callback keeps the session alive until then: nothing else may.
  session->Close([this, session, id = session->id(), uid = session->uid(),
                  done = std::move(done)](const absl::Status& status) mutable {
    // In the other cases the kernel has reported that no process is left, or the user id is the
    // server's own.
    if ((isolation_mode_ != IsolationMode::kContainer && cgroups_ == nullptr) || !status.ok())
      return OnDisposed(id, uid, status, std::move(done));
    asio::post(*pool_, [this, id, uid, done = std::move(done)]() mutable {
      absl::Status gone = CheckUserIsGone(uid);
      loop_->Post([this, id, uid, gone, done = std::move(done)]() mutable {
        OnDisposed(id, uid, gone, std::move(done));
      });
    });
  });
}

absl::Status SessionMaker::CheckUserIsGone(uint32_t uid) const {
  // A spawn that failed may have left a cgroup, with a process that a dying zygote forked in it.
  if (cgroups_ != nullptr && !cgroups_->EndAllOf(uid))
    return absl::InternalError("processes are left in its cgroup");
  if (isolation_mode_ == IsolationMode::kContainer && !SweepUser(uid))
    return absl::InternalError("processes of its user are left");
  return absl::OkStatus();
}

void SessionMaker::OnDisposed(const std::string& id, uint32_t uid, const absl::Status& status,
                              absl::AnyInvocable<void(absl::Status)> done) {
  if (status.ok()) {
    // No process and no file of the session is left.
    ReleaseUid(uid);
  } else {
    spdlog::error("session {} is not deleted completely, and uid {} is not used again: {}", id, uid,
                  status.ToString());
  }
  done(status);
}

}  // namespace carrel
