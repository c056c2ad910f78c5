// The store of finished executions, which sessions remember. A session puts each execution there
// when it is finished, and reads it by GetExecution, ListExecutions and WatchExecution. `main`
// makes the store.
//
// Threads: the store is called on the loop, and calls back on the loop. A callback may come before
// the call returns, or in a later iteration of the loop; callers must be right in both cases.
// Order: calls take effect, and are answered, in the order in which they were made. So what was put
// is found by every later call, even if the Put has not been answered yet.
// Ownership: the store outlives its callers, and calls each callback once, unless it is destroyed
// first. Executions are values: what is answered remains valid, whatever the store forgets later.
// Errors: NOT_FOUND only where a method says so; any other error is a fault of the store.
#ifndef CARREL_SERVICE_STORE_EXECUTION_STORE_H_
#define CARREL_SERVICE_STORE_EXECUTION_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/execution/stored_execution.h"

namespace carrel {

// An execution that a store has forgotten.
struct ForgottenExecution {
  std::string session;
  std::string id;
  bool has_images = false;
};

class ExecutionStore {
 public:
  // The executions that were forgotten to make room: the caller of Put has their images deleted.
  using PutDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<ForgottenExecution>>)>;
  using GetDone = absl::AnyInvocable<void(absl::StatusOr<StoredExecution>)>;
  using ListDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<StoredExecution>>)>;
  using DeleteDone = absl::AnyInvocable<void(absl::Status)>;

  virtual ~ExecutionStore() = default;

  // Adds an execution; neither its id nor its ordinal is known in this session. To make room the
  // store may forget others, also those of other sessions. After an error nothing has changed.
  virtual void Put(const std::string& session, StoredExecution execution, PutDone done) = 0;
  // Answers with the execution, or NOT_FOUND.
  virtual void Get(const std::string& session, const std::string& id, GetDone done) = 0;
  // Answers with up to `limit` executions that have an ordinal above `after`, by ordinal.
  virtual void List(const std::string& session, int64_t after, int limit, ListDone done) = 0;
  // Forgets all executions of a session, which may have none.
  virtual void DeleteSession(const std::string& session, DeleteDone done) = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_EXECUTION_STORE_H_
