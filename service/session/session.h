// One session: executes the transitions of its state table (session_state.h) on its executions, its
// interpreter and its files.
#ifndef CARREL_SERVICE_SESSION_SESSION_H_
#define CARREL_SERVICE_SESSION_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/interpreter.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/spawn/zygote.h"
#include "service/config/server_config.h"
#include "service/execution/execution.h"
#include "service/model/labels.h"
#include "service/session/id_checks.h"
#include "service/session/interpreter_slot.h"
#include "service/session/session_executions.h"
#include "service/session/session_files.h"
#include "service/session/session_state.h"
#include "service/session/session_stores.h"

namespace carrel {

// An image and the zygote that runs it.
struct ServedImage {
  const ImageSettings* settings = nullptr;
  Zygote* zygote = nullptr;
};

// The properties with which a session is created. Validated.
struct SessionSpec {
  std::string id;
  std::string owner;  // The tenant of the caller that creates it.
  ServedImage image;
  Labels labels;
  v1::Limits limits;  // Complete.
  absl::Duration idle_timeout;
  Environment environment;
};

// Lives on the loop's thread. Held by shared_ptr, since work in progress keeps it alive.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // `loop`, `stores` and `settings` outlive the session.
  Session(EventLoop* loop, const SessionStores* stores, const ServerSettings* settings,
          SessionSpec spec, uint32_t uid, std::shared_ptr<SessionFiles> files);

  const std::string& id() const { return spec_.id; }
  const std::string& name() const { return name_; }
  uint32_t uid() const { return uid_; }
  const std::string& owner() const { return spec_.owner; }
  const Labels& labels() const { return spec_.labels; }
  const std::shared_ptr<SessionFiles>& files() const { return files_; }
  SessionExecutions& executions() { return executions_; }
  SessionState state() const { return state_; }
  bool closing() const { return IsClosing(state_); }
  v1::Session ToProto() const;

  // Starts the first interpreter. Called once, before all else; after an error the caller closes
  // the session.
  void Open(absl::AnyInvocable<void(absl::Status)> done);

  // Makes this the session that `spec` describes, whose limits are those it has, and which has no
  // environment. Called before any caller knows the session. It keeps its id if `spec` has none.
  void Claim(SessionSpec spec);
  // True if its interpreter lives and waits for its first cell.
  bool ready() const;
  // Writes its record, and from now on again when the record changes. Call it when the session is
  // made, or claimed, and before any caller knows it.
  void StartRecording(absl::AnyInvocable<void(absl::Status)> done);

  // Puts a cell at the end of the queue. Of `spec` the caller's part is set, and validated; the
  // session sets the rest. `done` gets the execution or the callers' error: before Submit returns,
  // or later if the store has to be asked whether an id is known. Then StartNext starts it, if it
  // is its turn: `done` has its log watched first, so that nothing is missed.
  template <typename Done>
  void Submit(ExecutionSpec spec, Done done) {
    if (spec.id.empty() && id_checks_.pending() == 0) return done(Accept(std::move(spec)));
    CheckAndAccept(std::move(spec), std::move(done));
  }
  void StartNext();
  // Asks an execution to end, and answers with it as it is now.
  void Cancel(const std::string& execution_id,
              absl::AnyInvocable<void(absl::StatusOr<v1::Execution>)> done);

  // Changes the fields that `paths` names; `limits` is within the maximum. `done` is called when
  // the change is recorded; with an error if it is not, although it is in force.
  void Update(const std::vector<std::string>& paths, const v1::Session& from,
              absl::Duration idle_timeout, absl::AnyInvocable<void(absl::Status)> done);

  // Deletes the images of an execution that was forgotten.
  void DeleteImages(const std::string& execution_id);

  // Notes that a caller, not a cell, wrote or deleted this file.
  void RecordWrite(const FileInfo& file);
  void RecordDelete(const WorkspacePath& path);

  // Notes a call that names the session: it is not idle now.
  void Touch() { last_active_ = absl::Now(); }
  // The session is not idle while the returned object lives. It may be destroyed on any thread.
  std::shared_ptr<void> KeepBusy();
  // The rule of expiry: the time at which the session is to be deleted if nothing happens;
  // InfiniteFuture while it is busy.
  absl::Time ExpireTime() const;

  // Deletes the session: ends all executions, kills the interpreter, deletes files and history.
  // `done` is called when nothing is left but the object, with an error if files could not be
  // deleted. Called once.
  void Close(absl::AnyInvocable<void(absl::Status)> done);

 private:
  // Looks up the transition and performs it.
  void Handle(SessionEvent event);
  void Perform(SessionEvent event, uint32_t actions);
  void PerformOnInterpreter(SessionEvent event, uint32_t actions);

  using Accepted = absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<Execution>>)>;
  absl::StatusOr<std::shared_ptr<Execution>> Accept(ExecutionSpec spec);
  void CheckAndAccept(ExecutionSpec spec, Accepted done);

  void RunCell();
  void OnCellDone(const Outcome& outcome);
  void AbandonCell(SessionEvent event);
  void AbandonQueue();
  void StartScan();
  void FinishCell();
  void SaveImage(const std::string& execution_id, DisplayedImage image);
  void ReportNotOpened();
  void DestroyFiles();
  void DestroyWorkspace();

  SessionRecord MakeRecord() const;
  // The time of expiry if nothing happens; see ExpireTime.
  absl::Time IdleUntil() const { return last_active_ + spec_.idle_timeout; }
  ExecutionSpec Complete(ExecutionSpec spec);
  SpawnOptions OptionsOfSpawn() const;
  std::weak_ptr<Session> weak() { return weak_from_this(); }

  EventLoop* const loop_;
  const SessionStores* const stores_;
  const ServerSettings* const settings_;
  SessionSpec spec_;
  std::string name_;
  const uint32_t uid_;
  const std::shared_ptr<SessionFiles> files_;
  // Runs from the first cell until the interpreter ends, since threads may go on writing.
  std::unique_ptr<WorkspaceQuotaWatchdog> quota_watchdog_;

  SessionState state_ = SessionState::kOpening;
  SessionExecutions executions_;
  IdChecks id_checks_;
  bool recorded_ = false;  // StartRecording was called.
  const std::shared_ptr<InterpreterSlot> slot_;
  // The changes that the scan of the current cell found.
  WorkspaceEffects effects_;
  // Files that callers wrote or deleted during the scan.
  absl::flat_hash_set<std::string> by_caller_;
  int images_being_saved_ = 0;

  absl::AnyInvocable<void(absl::Status)> opened_;
  absl::AnyInvocable<void(absl::Status)> closed_;
  absl::Status destroyed_;

  absl::Time created_;
  absl::Time last_active_;
  int transfers_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_H_
