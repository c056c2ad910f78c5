// The executions of one session: the current one, those that wait behind it, and by way of the
// store those that are finished.
#ifndef CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_
#define CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/execution.h"
#include "service/session/session_stores.h"

namespace carrel {

// A page of ListExecutions.
struct ExecutionPage {
  std::vector<v1::Execution> executions;
  int64_t last = 0;   // The last one's ordinal.
  bool more = false;  // Others follow it.
};

// Lives on the loop's thread. Its callbacks are called as the store calls back: before the call
// returns, or later, when this object may be gone.
class SessionExecutions {
 public:
  // `stores` outlives it.
  SessionExecutions(const SessionStores* stores, std::string session_id);

  // The session's name from now on. Before the first execution.
  void set_session_id(std::string id) { session_id_ = std::move(id); }

  // The callers' error if no execution of this id can be accepted: ALREADY_EXISTS if it is live, or
  // RESOURCE_EXHAUSTED if `max_queue_length` executions wait. IdChecks looks for those remembered.
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

  // Ends an execution and gives it to the store. The images of executions that are forgotten for
  // it are deleted.
  void Finish(const std::shared_ptr<Execution>& execution, WorkspaceEffects effects);
  // Has the store forget all finished executions.
  void ForgetAll(absl::AnyInvocable<void(absl::Status)> done);

  // An execution that is not finished; null if there is none of this id.
  std::shared_ptr<Execution> FindLive(const std::string& id) const;
  // Answer NOT_FOUND unless the execution is live or remembered.
  void Find(const std::string& id, absl::AnyInvocable<void(absl::StatusOr<v1::Execution>)> done);
  void FindLog(const std::string& id,
               absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<EventLog>>)> done);
  // Answers with up to `limit` executions that have an ordinal above `after`, and fewer if they
  // would not fit a message.
  void List(int64_t after, int limit, absl::AnyInvocable<void(absl::StatusOr<ExecutionPage>)> done);

 private:
  // The live executions with an ordinal above `after`, by ordinal.
  std::vector<std::shared_ptr<Execution>> LiveAfter(int64_t after) const;
  void FindStored(const std::string& id, ExecutionStore::GetDone done);

  const SessionStores* const stores_;
  std::string session_id_;
  std::shared_ptr<Execution> current_;
  std::deque<std::shared_ptr<Execution>> queue_;
  int64_t last_ordinal_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_EXECUTIONS_H_
