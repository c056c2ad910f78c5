// One session: a queue of cells, and the interpreter that runs them one by one.
#ifndef CARREL_SERVICE_SESSION_SESSION_H_
#define CARREL_SERVICE_SESSION_SESSION_H_

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/sandbox.h"
#include "sandbox/zygote.h"
#include "service/execution/execution.h"
#include "service/execution/history.h"
#include "service/requests/validation.h"
#include "service/server_config.h"
#include "service/session/session_files.h"

namespace carrel {

// An image and the zygote that runs it.
struct ServedImage {
  const ImageSettings* settings = nullptr;
  Zygote* zygote = nullptr;
};

// The properties of a session that are fixed, or first set, at creation. Validated.
struct SessionSpec {
  std::string id;
  ServedImage image;
  Labels labels;
  v1::Limits limits;  // Complete.
  absl::Duration idle_timeout;
  Environment environment;
};

// Lives on the loop's thread. Held by shared_ptr, since work in progress keeps it alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(EventLoop* loop, ExecutionStore* history, const ServerSettings* settings,
          SessionSpec spec, uint32_t uid, std::shared_ptr<SessionFiles> files);

  const std::string& id() const { return spec_.id; }
  const std::string& name() const { return name_; }
  uint32_t uid() const { return uid_; }
  const Labels& labels() const { return spec_.labels; }
  const std::shared_ptr<SessionFiles>& files() const { return files_; }
  bool closing() const { return closing_; }
  v1::Session ToProto() const;

  // Starts the first interpreter. Call it once, before all else; after an error call Close.
  void Open(absl::AnyInvocable<void(absl::Status)> done);

  // Becomes the session that `spec` describes, which must have the same limits and no environment.
  // Call it before anyone knows of the session. It keeps its id if `spec` has none.
  void Claim(SessionSpec spec);
  // True if its interpreter lives and waits for its first cell.
  bool ready() const { return sandbox_ != nullptr && sandbox_->IsConnected() && !closing_; }

  // Puts a cell at the end of the queue. The caller sets its part of `spec`, validated; the session
  // sets the rest. Call StartNext after that, once the caller watches the execution, so that it
  // misses no event; StartNext starts the next cell unless one is current.
  absl::StatusOr<std::shared_ptr<Execution>> Submit(ExecutionSpec spec);
  void StartNext();
  // Asks an execution to stop, and returns its current state.
  absl::StatusOr<v1::Execution> Cancel(const std::string& execution_id);
  // Returns the log of an execution, live or finished.
  absl::StatusOr<std::shared_ptr<EventLog>> FindLog(const std::string& execution_id) const;
  absl::StatusOr<v1::Execution> FindExecution(const std::string& execution_id) const;
  // Returns up to `limit` executions with an ordinal above `after`; sets `last` to the last one's
  // ordinal, and `more` if there are others behind it.
  std::vector<v1::Execution> ListExecutions(int64_t after, int limit, int64_t* last,
                                            bool* more) const;

  // Changes the fields that `paths` names; `limits` is within the maximum.
  void Update(const std::vector<std::string>& paths, const v1::Session& from,
              absl::Duration idle_timeout);

  // The caller, not a cell, wrote or deleted this file.
  void RecordWrite(const FileInfo& file);
  void RecordDelete(const WorkspacePath& path);

  // Restarts the idle timeout.
  void Touch();
  // While the returned object lives, the session is not idle. Destroy it on any thread.
  std::shared_ptr<void> KeepBusy();
  // Time at which the session is deleted if it stays idle; InfiniteFuture while it is busy.
  absl::Time ExpireTime() const;

  // Ends all executions, kills the interpreter, and deletes the files and the history. `done` is
  // called when nothing but the object is left, with an error if files could not be deleted. Call
  // it once.
  void Close(absl::AnyInvocable<void(absl::Status)> done);

 private:
  enum class Phase { kNone, kWaitingForInterpreter, kRunning, kScanning };

  void OnWorkspaceExceeded(StopReason reason);

  void RunCurrent();
  void OnCellDone(const Outcome& outcome);
  void FinishCurrent(WorkspaceEffects effects);
  void FinishExecution(const std::shared_ptr<Execution>& execution, WorkspaceEffects effects);
  void AbandonExecution(const std::shared_ptr<Execution>& execution, v1::Execution::Cause cause,
                        const std::string& message);
  void AbandonCurrent(v1::Execution::Cause cause, const std::string& message);
  void SaveImage(const std::string& execution_id, DisplayedImage image);
  void StartScan();
  void OnScanned(WorkspaceEffects effects);

  void Spawn();
  void SpawnNow();
  void OnSpawned(absl::StatusOr<std::unique_ptr<Sandbox>> sandbox);
  void RetrySpawn();
  void OnSpawnFailed(const absl::Status& status);
  void OnDeath(const Death& death);
  void RecordLoss(const Death& death, const std::string& execution_name);
  void MaybeFinishClosing();

  std::shared_ptr<Execution> FindLive(const std::string& execution_id) const;
  std::vector<std::shared_ptr<Execution>> LiveExecutions() const;
  bool busy() const { return current_ != nullptr || !queue_.empty() || transfers_ > 0; }

  EventLoop* const loop_;
  ExecutionStore* const history_;
  const ServerSettings* const settings_;
  SessionSpec spec_;
  std::string name_;
  const uint32_t uid_;
  const std::shared_ptr<SessionFiles> files_;
  // Enforces the workspace's limits from an interpreter's first cell to its death; samples more
  // often while a cell runs.
  std::unique_ptr<WorkspaceWatch> workspace_watch_;

  absl::AnyInvocable<void(absl::Status)> opened_;
  absl::AnyInvocable<void(absl::Status)> closed_;
  bool closing_ = false;

  // The current cell, and the cells that wait behind it.
  std::shared_ptr<Execution> current_;
  Phase phase_ = Phase::kNone;
  std::deque<std::shared_ptr<Execution>> queue_;
  int64_t last_ordinal_ = 0;

  std::unique_ptr<Sandbox> sandbox_;
  bool spawning_ = false;
  bool temporary_used_ = false;  // An interpreter has used its /tmp.
  int spawn_attempts_ = 0;
  asio::steady_timer spawn_timer_;
  int64_t generation_ = 1;
  v1::InterpreterLoss last_loss_;
  // The loss has been recorded with the cell that it ended.
  bool loss_recorded_ = false;
  // The next `started` event has to report last_loss_.
  bool loss_untold_ = false;

  // Paths that callers wrote or deleted during a scan.
  absl::flat_hash_set<std::string> by_caller_;
  int images_being_saved_ = 0;

  absl::Time created_;
  absl::Time last_active_;
  int transfers_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_H_
