// All sessions of the server.
#ifndef CARREL_SERVICE_SESSION_TABLE_H_
#define CARREL_SERVICE_SESSION_TABLE_H_

#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/change_hub.h"
#include "sandbox/event_loop.h"
#include "sandbox/lane.h"
#include "sandbox/uid_pool.h"
#include "service/history.h"
#include "service/server_config.h"
#include "service/session.h"

namespace carrel {

// Lives on the loop's thread; made and destroyed while the loop has nothing to do
// with it.
class SessionTable {
 public:
  SessionTable(EventLoop* loop, asio::thread_pool* pool, ExecutionStore* history,
               const ServerSettings* settings, Lane lane, std::vector<ServedImage> images);

  // Makes a session; `done` gets it when its interpreter is ready. An empty id is
  // replaced by a random one.
  void Create(SessionSpec spec, absl::AnyInvocable<void(absl::StatusOr<v1::Session>)> done);
  // NOT_FOUND unless the session is open. Counts as activity.
  absl::StatusOr<std::shared_ptr<Session>> Find(const std::string& id);
  // Also one that is being deleted.
  absl::StatusOr<v1::Session> Describe(const std::string& id);
  // `done` is called when nothing of the session is left.
  void Delete(const std::string& id, absl::AnyInvocable<void(absl::Status)> done);
  // Up to `limit` sessions that match, with an id above `after`; sets `more` if there
  // are others behind them.
  std::vector<v1::Session> List(const std::string& after, int limit, const SessionFilter& filter,
                                bool* more) const;
  // Null if it is not served. Safe on any thread.
  const ServedImage* FindImage(absl::string_view name) const;
  const std::vector<ServedImage>& images() const { return images_; }
  int size() const { return static_cast<int>(sessions_.size()); }

  // Refuses new sessions and deletes all; `done` when none is left.
  void Shutdown(absl::AnyInvocable<void()> done);
  // Starts to delete sessions that are idle for too long.
  void StartExpiry();

 private:
  using Created = absl::AnyInvocable<void(absl::StatusOr<v1::Session>)>;
  void OnWorkspaceMade(SessionSpec spec, uint32_t uid, const std::string& directory,
                       absl::StatusOr<std::shared_ptr<Workspace>> workspace,
                       std::unique_ptr<WorkspaceChanges> changes, Created done);
  void OnOpened(const std::shared_ptr<Session>& session, const absl::Status& status, Created done);
  void Close(const std::shared_ptr<Session>& session, absl::AnyInvocable<void(absl::Status)> done);
  void OnClosed(const std::string& id, uint32_t uid, const absl::Status& status,
                absl::AnyInvocable<void(absl::Status)> done);
  void Forget(const std::string& id);
  void ExpireIdle();
  std::string NewDirectory(const std::string& id) const;
  // The server's own in a lane where sessions share it.
  absl::StatusOr<uint32_t> AcquireUid();
  void ReleaseUid(uint32_t uid);

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  ExecutionStore* const history_;
  const ServerSettings* const settings_;
  const Lane lane_;
  const std::vector<ServedImage> images_;
  UidPool uids_;
  ChangeHub changes_;
  // By id. Null while it is being made.
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  asio::steady_timer expiry_timer_;
  bool shutting_down_ = false;
  absl::AnyInvocable<void()> shut_down_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_TABLE_H_
