// Makes and disposes of sessions: a user id, a directory, an interpreter.
#ifndef CARREL_SERVICE_SESSION_SESSION_MAKER_H_
#define CARREL_SERVICE_SESSION_SESSION_MAKER_H_

#include <asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sandbox/changes/change_hub.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/processes/uid_pool.h"
#include "service/config/server_config.h"
#include "service/session/hash_queue.h"
#include "service/session/session.h"
#include "service/session/session_isolation.h"
#include "service/session/session_stores.h"

namespace carrel {

// Lives on the loop's thread.
class SessionMaker {
 public:
  SessionMaker(EventLoop* loop, asio::thread_pool* pool, const SessionStores* stores,
               const ServerSettings* settings, const SessionIsolation& isolation);

  using Made = absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<Session>>)>;
  // `done` gets the session when its interpreter is ready. After an error nothing of it is left.
  void Make(SessionSpec spec, Made done);

  // `done` is called when nothing of the session is left, with an error if something could not be
  // deleted; its user id is then not used again.
  void Dispose(const std::shared_ptr<Session>& session,
               absl::AnyInvocable<void(absl::Status)> done);

  // Drains the kernel's change events of workspaces, so that its queue does not fill. Call it
  // periodically.
  void Tick() { changes_.Tick(); }

  // Returns RESOURCE_EXHAUSTED for callers, as when no user id is free.
  absl::Status TooMany() const;

 private:
  void OnWorkspaceMade(SessionSpec spec, uint32_t uid, const std::string& directory,
                       absl::StatusOr<std::shared_ptr<Workspace>> workspace,
                       std::unique_ptr<WorkspaceChanges> changes, Made done);
  // Ends processes that are left in the cgroups or under the user id of a session that has been
  // closed; an error if some remain. Blocks.
  absl::Status CheckUserIsGone(uint32_t uid) const;
  void OnDisposed(const std::string& id, uint32_t uid, const absl::Status& status,
                  absl::AnyInvocable<void(absl::Status)> done);
  // Returns a free user id, or the server's own in isolation modes where sessions share it.
  absl::StatusOr<uint32_t> AcquireUid();
  void ReleaseUid(uint32_t uid);

  EventLoop* const loop_;
  asio::thread_pool* const pool_;
  const SessionStores* const stores_;
  const ServerSettings* const settings_;
  const IsolationMode isolation_mode_;
  Cgroups* const cgroups_;
  UidPool uids_;
  ChangeHub changes_;
  HashQueue hashes_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_MAKER_H_
