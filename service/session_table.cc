#include "service/session_table.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "sandbox/user_sweep.h"
#include "service/errors.h"
#include "service/random_id.h"
#include "service/resource_name.h"

namespace carrel {
namespace {

constexpr auto kExpiryInterval = std::chrono::milliseconds(250);
// User ids beyond those of open sessions, so that none is reused soon.
constexpr uint32_t kSpareUids = 1000;
// The self-test uses the first two.
constexpr uint32_t kSelfTestUids = 2;

}  // namespace

SessionTable::SessionTable(EventLoop* loop, asio::thread_pool* pool, ExecutionStore* history,
                           const ServerSettings* settings, Lane lane,
                           std::vector<ServedImage> images)
    : loop_(loop),
      pool_(pool),
      history_(history),
      settings_(settings),
      lane_(lane),
      images_(std::move(images)),
      uids_(settings->first_session_uid + kSelfTestUids,
            static_cast<uint32_t>(settings->max_session_count) + kSpareUids),
      expiry_timer_(loop->context()) {
  if (!changes_.works())
    spdlog::warn("inotify cannot be had: after every cell all of its workspace is looked at");
}

std::string SessionTable::NewDirectory(const std::string& id) const {
  return absl::StrCat(settings_->data_directory, "/sessions/", id, ".", RandomId());
}

absl::StatusOr<uint32_t> SessionTable::AcquireUid() {
  return HasOwnUser(lane_) ? uids_.Acquire() : geteuid();
}

void SessionTable::ReleaseUid(uint32_t uid) {
  if (HasOwnUser(lane_)) uids_.Release(uid);
}

const ServedImage* SessionTable::FindImage(absl::string_view name) const {
  for (const ServedImage& image : images_)
    if (image.settings->config.name() == name) return &image;
  return nullptr;
}

void SessionTable::Create(SessionSpec spec, Created done) {
  if (shutting_down_) return done(ShuttingDown());
  if (spec.id.empty()) spec.id = RandomId();
  if (sessions_.contains(spec.id)) return done(SessionExists(SessionNameOf(spec.id)));
  if (size() >= settings_->max_session_count)
    return done(TooManySessions(settings_->max_session_count));
  absl::StatusOr<uint32_t> uid = AcquireUid();
  if (!uid.ok()) return done(TooManySessions(settings_->max_session_count));
  sessions_[spec.id] = nullptr;
  std::string directory = NewDirectory(spec.id);
  asio::post(*pool_, [this, spec = std::move(spec), uid = *uid, directory = std::move(directory),
                      done = std::move(done)]() mutable {
    WorkspaceLimits limits;
    limits.max_bytes = spec.limits.workspace_bytes();
    limits.max_entries = spec.limits.workspace_file_count();
    if (!HasOwnNamespaces(lane_)) limits.max_temporary_bytes = spec.limits.temporary_bytes();
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

void SessionTable::OnWorkspaceMade(SessionSpec spec, uint32_t uid, const std::string& directory,
                                   absl::StatusOr<std::shared_ptr<Workspace>> workspace,
                                   std::unique_ptr<WorkspaceChanges> changes, Created done) {
  const std::string id = spec.id;
  if (!workspace.ok()) {
    spdlog::error("session {}: no workspace: {}", id, workspace.status().ToString());
    ReleaseUid(uid);  // Nothing was started with it.
    Forget(id);
    return done(ServerError(absl::StrCat("no workspace: ", workspace.status().message())));
  }
  auto files = std::make_shared<SessionFiles>(pool_, id, directory, *std::move(workspace),
                                              std::move(changes));
  auto session =
      std::make_shared<Session>(loop_, history_, settings_, std::move(spec), uid, std::move(files));
  session->Open([this, session, done = std::move(done)](const absl::Status& status) mutable {
    OnOpened(session, status, std::move(done));
  });
}

void SessionTable::OnOpened(const std::shared_ptr<Session>& session, const absl::Status& status,
                            Created done) {
  absl::Status result = shutting_down_ ? ShuttingDown() : status;
  sessions_[session->id()] = session;
  if (result.ok()) {
    session->Touch();
    spdlog::info("session {} opened, uid {}", session->id(), session->uid());
    return done(session->ToProto());
  }
  Close(session, [result, done = std::move(done)](const absl::Status&) mutable { done(result); });
}

absl::StatusOr<std::shared_ptr<Session>> SessionTable::Find(const std::string& id) {
  auto it = sessions_.find(id);
  if (it == sessions_.end() || it->second == nullptr || it->second->closing())
    return SessionNotFound(SessionNameOf(id));
  it->second->Touch();
  return it->second;
}

absl::StatusOr<v1::Session> SessionTable::Describe(const std::string& id) {
  auto it = sessions_.find(id);
  if (it == sessions_.end() || it->second == nullptr) return SessionNotFound(SessionNameOf(id));
  if (!it->second->closing()) it->second->Touch();
  return it->second->ToProto();
}

void SessionTable::Delete(const std::string& id, absl::AnyInvocable<void(absl::Status)> done) {
  absl::StatusOr<std::shared_ptr<Session>> session = Find(id);
  if (!session.ok()) return done(session.status());
  Close(*session, std::move(done));
}

void SessionTable::Close(const std::shared_ptr<Session>& session,
                         absl::AnyInvocable<void(absl::Status)> done) {
  session->Close([this, id = session->id(), uid = session->uid(),
                  done = std::move(done)](const absl::Status& status) mutable {
    // Elsewhere the kernel has said that no process is left, or the user is our own.
    if (lane_ != Lane::kContainer || !status.ok())
      return OnClosed(id, uid, status, std::move(done));
    asio::post(*pool_, [this, id, uid, done = std::move(done)]() mutable {
      absl::Status swept =
          SweepUser(uid) ? absl::OkStatus() : absl::InternalError("processes of its user are left");
      loop_->Post([this, id, uid, swept, done = std::move(done)]() mutable {
        OnClosed(id, uid, swept, std::move(done));
      });
    });
  });
}

void SessionTable::OnClosed(const std::string& id, uint32_t uid, const absl::Status& status,
                            absl::AnyInvocable<void(absl::Status)> done) {
  if (status.ok()) {
    // No process and no file of it is left.
    ReleaseUid(uid);
    spdlog::info("session {} deleted", id);
  } else {
    spdlog::error("session {}: something of it is left, uid {} is retired: {}", id, uid,
                  status.ToString());
  }
  Forget(id);
  done(status.ok() ? status : ServerError("not all of the session could be deleted"));
}

void SessionTable::Forget(const std::string& id) {
  sessions_.erase(id);
  if (shut_down_ && sessions_.empty()) std::exchange(shut_down_, nullptr)();
}

std::vector<v1::Session> SessionTable::List(const std::string& after, int limit,
                                            const SessionFilter& filter, bool* more) const {
  // A page must fit a message, so it may be shorter than `limit`.
  constexpr size_t kMaxPageBytes = 3 << 20;
  std::vector<v1::Session> page;
  size_t bytes = 0;
  *more = false;
  for (auto it = sessions_.upper_bound(after); it != sessions_.end(); ++it) {
    if (it->second == nullptr || !filter.Matches(it->second->labels())) continue;
    if (static_cast<int>(page.size()) >= limit || bytes > kMaxPageBytes) {
      *more = true;
      break;
    }
    page.push_back(it->second->ToProto());
    bytes += page.back().ByteSizeLong();
  }
  return page;
}

void SessionTable::Shutdown(absl::AnyInvocable<void()> done) {
  shutting_down_ = true;
  expiry_timer_.cancel();
  if (sessions_.empty()) return done();
  shut_down_ = std::move(done);
  std::vector<std::shared_ptr<Session>> open;
  for (const auto& [id, session] : sessions_)
    if (session != nullptr && !session->closing()) open.push_back(session);
  // Those that are being made are closed by OnOpened.
  for (const std::shared_ptr<Session>& session : open) Close(session, [](const absl::Status&) {});
}

void SessionTable::StartExpiry() {
  if (shutting_down_) return;
  expiry_timer_.expires_after(kExpiryInterval);
  expiry_timer_.async_wait([this](std::error_code error) {
    if (error || shutting_down_) return;
    ExpireIdle();
    changes_.Tick();
    StartExpiry();
  });
}

void SessionTable::ExpireIdle() {
  const absl::Time now = absl::Now();
  std::vector<std::shared_ptr<Session>> expired;
  for (const auto& [id, session] : sessions_)
    if (session != nullptr && !session->closing() && session->ExpireTime() <= now)
      expired.push_back(session);
  for (const std::shared_ptr<Session>& session : expired) {
    spdlog::info("session {} is idle for too long", session->id());
    Close(session, [](const absl::Status&) {});
  }
}

}  // namespace carrel
