// The store of the records of sessions: what would be needed to know them after a restart. A
// session writes its record when callers get to know it, and when it changes; SessionTable has the
// living sessions. `main` makes the store.
//
// Threads, order and ownership are those of ExecutionStore (execution_store.h): calls and callbacks
// are on the loop, a callback may come before the call returns or later, and calls take effect in
// their order. Errors: NOT_FOUND only where a method says so; any other is a fault of the store.
#ifndef CARREL_SERVICE_STORE_SESSION_STORE_H_
#define CARREL_SERVICE_STORE_SESSION_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/model/labels.h"

namespace carrel {

// The record of a session, a value.
struct SessionRecord {
  std::string id;
  std::string owner;  // The tenant of the caller that created it; empty as long as there are none.
  std::string image;
  Labels labels;
  v1::Limits limits;  // Complete.
  Environment environment;
  absl::Duration idle_timeout;
  absl::Time create_time;
  absl::Time last_active_time;  // When the record was written; cells do not write it.
  int64_t generation = 0;
  v1::InterpreterLoss last_loss;  // It has no generation if there was none.
  std::string directory;          // Its name in <data>/sessions.
  uint32_t uid = 0;
};

class SessionStore {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  using GetDone = absl::AnyInvocable<void(absl::StatusOr<SessionRecord>)>;
  using ListDone = absl::AnyInvocable<void(absl::StatusOr<std::vector<SessionRecord>>)>;

  virtual ~SessionStore() = default;

  // Writes a record, in the place of one with the same id if there is one.
  virtual void Put(SessionRecord record, Done done) = 0;
  // Answers with the record, or NOT_FOUND.
  virtual void Get(const std::string& id, GetDone done) = 0;
  // Answers with up to `limit` records that have an id above `after`, by id.
  virtual void List(const std::string& after, int limit, ListDone done) = 0;
  // Deletes a record; OK if there is none.
  virtual void Delete(const std::string& id, Done done) = 0;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_STORE_SESSION_STORE_H_
