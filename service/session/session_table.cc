#include "service/session/session_table.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "service/model/errors.h"
#include "service/model/resource_name.h"

namespace carrel {
namespace {

constexpr auto kExpiryInterval = std::chrono::milliseconds(250);
// Logging is deferred, so that the caller does not wait for it.
constexpr auto kLogDelay = std::chrono::milliseconds(5);

}  // namespace

SessionTable::SessionTable(EventLoop* loop, asio::thread_pool* pool, ExecutionStore* executions,
                           SessionStore* sessions, const ServerSettings* settings,
                           const SessionIsolation& isolation, std::vector<ServedImage> images)
    : loop_(loop),
      settings_(settings),
      images_(std::move(images)),
      stores_{executions, sessions,
              [this](const ForgottenExecution& forgotten) { DeleteImages(forgotten); }},
      maker_(loop, pool, &stores_, settings, isolation),
      warm_(loop, &maker_, settings, images_),
      expire_(loop, [this] { Expire(); }),
      log_soon_(loop, [this] { LogOpened(); }) {}

const ServedImage* SessionTable::FindImage(absl::string_view name) const {
  for (const ServedImage& image : images_)
    if (image.settings->config.name() == name) return &image;
  return nullptr;
}

bool SessionTable::MayUse(const Caller& /*caller*/, const Session& /*session*/) { return true; }

std::shared_ptr<Session> SessionTable::Lookup(const Caller& caller, const std::string& id) {
  auto it = sessions_.find(id);
  if (it == sessions_.end() || it->second == nullptr || !MayUse(caller, *it->second))
    return nullptr;
  if (!it->second->closing()) it->second->Touch();
  return it->second;
}

void SessionTable::Create(const Caller& caller, SessionSpec spec, Created done) {
  if (shutting_down_) return done(ShuttingDown());
  if (sessions_.contains(spec.id)) return done(SessionExists(SessionNameOf(spec.id)));
  if (size() >= settings_->max_session_count)
    return done(TooManySessions(settings_->max_session_count));
  spec.owner = caller.tenant;
  const std::string id = spec.id;
  if (id.empty())
    ++unnamed_;
  else
    sessions_[id] = nullptr;
  warm_.Take(std::move(spec), [this, id, done = std::move(done)](
                                  absl::StatusOr<std::shared_ptr<Session>> session) mutable {
    OnCreated(id, std::move(session), std::move(done));
  });
}

void SessionTable::OnCreated(const std::string& chosen_id,
                             absl::StatusOr<std::shared_ptr<Session>> session, Created done) {
  if (chosen_id.empty())
    --unnamed_;
  else if (!session.ok())
    sessions_.erase(chosen_id);
  if (!session.ok()) {
    done(session.status());
    return MaybeFinishShutdown();
  }
  sessions_[(*session)->id()] = *session;
  if (shutting_down_)
    return Close(*session,
                 [done = std::move(done)](const absl::Status&) mutable { done(ShuttingDown()); });
  (*session)->Touch();
  (*session)->StartRecording(
      [this, session = *session, done = std::move(done)](const absl::Status& status) mutable {
        OnRecorded(session, status, std::move(done));
      });
}

void SessionTable::OnRecorded(const std::shared_ptr<Session>& session, const absl::Status& status,
                              Created done) {
  if (session->closing())
    return done(shutting_down_ ? ShuttingDown() : SessionDeleted(session->name()));
  if (!status.ok()) {
    spdlog::error("session {}: not recorded: {}", session->id(), status.ToString());
    return Close(session, [done = std::move(done)](const absl::Status&) mutable {
      done(ServerError("the session could not be recorded"));
    });
  }
  done(session->ToProto());
  opened_.push_back(session);
  log_soon_.BringForward(LazyTimer::Clock::now() + kLogDelay);
}

void SessionTable::DeleteImages(const ForgottenExecution& forgotten) {
  auto it = sessions_.find(forgotten.session);
  if (it != sessions_.end() && it->second != nullptr) it->second->DeleteImages(forgotten.id);
}

void SessionTable::LogOpened() {
  for (const std::shared_ptr<Session>& session : std::exchange(opened_, {}))
    spdlog::info("session {} opened, uid {}, folder {}", session->id(), session->uid(),
                 session->files()->folder());
}

absl::StatusOr<std::shared_ptr<Session>> SessionTable::Find(const Caller& caller,
                                                            const std::string& id) {
  std::shared_ptr<Session> session = Lookup(caller, id);
  if (session == nullptr || session->closing()) return SessionNotFound(SessionNameOf(id));
  return session;
}

absl::StatusOr<v1::Session> SessionTable::Describe(const Caller& caller, const std::string& id) {
  std::shared_ptr<Session> session = Lookup(caller, id);
  if (session == nullptr) return SessionNotFound(SessionNameOf(id));
  return session->ToProto();
}

void SessionTable::Delete(const Caller& caller, const std::string& id,
                          absl::AnyInvocable<void(absl::Status)> done) {
  absl::StatusOr<std::shared_ptr<Session>> session = Find(caller, id);
  if (!session.ok()) return done(session.status());
  Close(*session, std::move(done));
}

void SessionTable::Close(const std::shared_ptr<Session>& session,
                         absl::AnyInvocable<void(absl::Status)> done) {
  maker_.Dispose(session, [this, id = session->id(),
                           done = std::move(done)](const absl::Status& status) mutable {
    if (status.ok()) spdlog::info("session {} deleted", id);
    Forget(id);
    done(status.ok() ? status : ServerError("not all of the session could be deleted"));
  });
}

void SessionTable::Forget(const std::string& id) {
  sessions_.erase(id);
  MaybeFinishShutdown();
}

void SessionTable::MaybeFinishShutdown() {
  if (shut_down_ && sessions_.empty() && unnamed_ == 0)
    warm_.Shutdown(std::exchange(shut_down_, nullptr));
}

std::vector<v1::Session> SessionTable::List(const Caller& caller, const std::string& after,
                                            int limit, const SessionFilter& filter,
                                            bool* more) const {
  // A page must fit a message, so it may be shorter than `limit`.
  constexpr size_t kMaxPageBytes = 3 << 20;
  std::vector<v1::Session> page;
  size_t bytes = 0;
  *more = false;
  for (auto it = sessions_.upper_bound(after); it != sessions_.end(); ++it) {
    if (it->second == nullptr || !MayUse(caller, *it->second) ||
        !filter.Matches(it->second->labels()))
      continue;
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
  expire_.Clear();
  shut_down_ = std::move(done);
  std::vector<std::shared_ptr<Session>> open;
  for (const auto& [id, session] : sessions_)
    if (session != nullptr && !session->closing()) open.push_back(session);
  // Sessions that are being made are closed by OnCreated.
  for (const std::shared_ptr<Session>& session : open) Close(session, [](const absl::Status&) {});
  MaybeFinishShutdown();
}

void SessionTable::StartExpiry() {
  if (!shutting_down_) expire_.SetAfter(kExpiryInterval);
}

void SessionTable::Expire() {
  ExpireIdle();
  maker_.Tick();
  StartExpiry();
}

void SessionTable::ExpireIdle() {
  const absl::Time now = absl::Now();
  std::vector<std::shared_ptr<Session>> expired;
  for (const auto& [id, session] : sessions_)
    if (session != nullptr && !session->closing() && session->ExpireTime() <= now)
      expired.push_back(session);
  for (const std::shared_ptr<Session>& session : expired) {
    spdlog::info("session {} was idle for too long and is deleted", session->id());
    Close(session, [](const absl::Status&) {});
  }
}

}  // namespace carrel
