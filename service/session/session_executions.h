// The executions of one session: the current one, those that wait behind it, and by way of the
// store those that are finished.
#ifndef CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_
#define CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/execution.h"
#include "service/execution/history.h"
#include "service/session/session_files.h"

namespace carrel {

// Lives on the loop's thread.
class SessionExecutions {
 public:
  // `history` outlives it.
  SessionExecutions(ExecutionStore* history, std::string session_id);

  // The session's name from now on. Before the first execution.
  void set_session_id(std::string id) { session_id_ = std::move(id); }

  // The callers' error if no execution of this id can be accepted: ALREADY_EXISTS, or
  // RESOURCE_EXHAUSTED if `max_queue_length` executions wait.
  absl::Status CanAccept(const std::string& id, int max_queue_length) const;
  // The place of the next execution in the session's history, from 1.
  int64_t TakeOrdinal() { return ++last_ordinal_; }
  // Puts an execution at the end of the queue.
  void Enqueue(std::shared_ptr<Execution> execution) { queue_.push_back(std::move(execution)); }
  // Makes the first of the queue the current one; false if there is a current one, or none waits.
  bool TakeNext();
  // The execution whose turn it is; null if there is none.
  const std::shared_ptr<Execution>& current() const { return current_; }
  std::shared_ptr<Execution> TakeCurrent() { return std::exchange(current_, nullptr); }
  // Removes an execution from the queue.
  void Dequeue(const std::shared_ptr<Execution>& execution);
  std::deque<std::shared_ptr<Execution>> TakeQueue() { return std::exchange(queue_, {}); }
  bool idle() const { return current_ == nullptr && queue_.empty(); }
  // The number of executions that are not finished.
  int32_t pending_count() const {
    return static_cast<int32_t>(queue_.size()) + (current_ != nullptr ? 1 : 0);
  }

  // Ends an execution and gives it to the store, which may forget others for it; images of
  // forgotten ones are deleted.
  void Finish(const std::shared_ptr<Execution>& execution, WorkspaceEffects effects,
              const std::shared_ptr<SessionFiles>& files);
  // Has the store forget all finished executions.
  void ForgetAll() { history_->DeleteSession(session_id_); }

  // An execution that is not finished; null if there is none of this id.
  std::shared_ptr<Execution> FindLive(const std::string& id) const;
  // Return NOT_FOUND unless the execution is live or remembered.
  absl::StatusOr<v1::Execution> Find(const std::string& id) const;
  absl::StatusOr<std::shared_ptr<EventLog>> FindLog(const std::string& id) const;
  // Up to `limit` executions with an ordinal above `after`, and fewer if they would not fit a
  // message; sets `last` to the last one's ordinal, and `more` if others follow it.
  std::vector<v1::Execution> List(int64_t after, int limit, int64_t* last, bool* more) const;

 private:
  std::vector<std::shared_ptr<Execution>> Live() const;

  ExecutionStore* const history_;
  std::string session_id_;
  std::shared_ptr<Execution> current_;
  std::deque<std::shared_ptr<Execution>> queue_;
  int64_t last_ordinal_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_
