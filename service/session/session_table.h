// All sessions of the server.
#ifndef CARREL_SERVICE_SESSION_SESSION_TABLE_H_
#define CARREL_SERVICE_SESSION_SESSION_TABLE_H_

#include <asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/loop/lazy_timer.h"
#include "service/config/server_config.h"
#include "service/model/caller.h"
#include "service/model/session_filter.h"
#include "service/session/session.h"
#include "service/session/session_maker.h"
#include "service/session/session_stores.h"
#include "service/session/warm_sessions.h"

namespace carrel {

// Lives on the loop's thread; constructed and destroyed while the loop does not use it.
class SessionTable {
 public:
  // The stores outlive the table.
  SessionTable(EventLoop* loop, asio::thread_pool* pool, ExecutionStore* executions,
               SessionStore* sessions, const ServerSettings* settings,
               const SessionIsolation& isolation, std::vector<ServedImage> images);

  // Makes a session, which belongs to the caller; `done` gets it when its interpreter is ready and
  // its record is written. An empty id is replaced by a random one.
  void Create(const Caller& caller, SessionSpec spec,
              absl::AnyInvocable<void(absl::StatusOr<v1::Session>)> done);
  // Finds an open session, or NOT_FOUND. Counts as activity. Every call on an open session comes
  // through here, but for Describe and List.
  absl::StatusOr<std::shared_ptr<Session>> Find(const Caller& caller, const std::string& id);
  // Describes a session, also one that is being deleted. Counts as activity.
  absl::StatusOr<v1::Session> Describe(const Caller& caller, const std::string& id);
  // `done` is called when nothing of the session is left.
  void Delete(const Caller& caller, const std::string& id,
              absl::AnyInvocable<void(absl::Status)> done);
  // Returns up to `limit` sessions that match, with an id above `after`; sets `more` if there are
  // others behind them.
  std::vector<v1::Session> List(const Caller& caller, const std::string& after, int limit,
                                const SessionFilter& filter, bool* more) const;
  // Returns null if the image is not served. Safe on any thread.
  const ServedImage* FindImage(absl::string_view name) const;
  const std::vector<ServedImage>& images() const { return images_; }
  int size() const { return static_cast<int>(sessions_.size()) + unnamed_; }
  // Number of warm sessions of an image.
  int warm_count(const ServedImage& image) const { return warm_.Count(image.settings); }

  // Refuses new sessions and deletes all; calls `done` when none is left.
  void Shutdown(absl::AnyInvocable<void()> done);
  // Starts to delete sessions whose ExpireTime has passed; the rule is Session's.
  void StartExpiry();
  // Starts to keep sessions warm.
  void StartWarming() { warm_.Start(); }

 private:
  using Created = absl::AnyInvocable<void(absl::StatusOr<v1::Session>)>;
  // The one rule of which sessions a caller may use: all of them, as long as callers are not
  // authenticated. Others are as if they did not exist.
  static bool MayUse(const Caller& caller, const Session& session);
  // Finds a session that the caller may use, in whatever state, and counts that as activity; null
  // if there is none.
  std::shared_ptr<Session> Lookup(const Caller& caller, const std::string& id);
  // `chosen_id` is the caller's, reserved; empty if the caller chose none.
  void OnCreated(const std::string& chosen_id, absl::StatusOr<std::shared_ptr<Session>> session,
                 Created done);
  void OnRecorded(const std::shared_ptr<Session>& session, const absl::Status& status,
                  Created done);
  void DeleteImages(const ForgottenExecution& forgotten);
  void Close(const std::shared_ptr<Session>& session, absl::AnyInvocable<void(absl::Status)> done);
  void LogOpened();
  void Forget(const std::string& id);
  void MaybeFinishShutdown();
  // Deletes idle sessions, and schedules the next call.
  void Expire();
  void ExpireIdle();

  EventLoop* const loop_;
  const ServerSettings* const settings_;
  const std::vector<ServedImage> images_;
  const SessionStores stores_;
  SessionMaker maker_;
  WarmSessions warm_;
  // Sessions by id. The value is null while a session whose id the caller chose is being made.
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  int unnamed_ = 0;                               // Sessions being made without a chosen id.
  std::vector<std::shared_ptr<Session>> opened_;  // Sessions whose opening is not logged yet.
  LazyTimer expire_, log_soon_;
  bool shutting_down_ = false;
  absl::AnyInvocable<void()> shut_down_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_TABLE_H_
