// The checks whether executions' ids that callers chose are remembered already.
#ifndef CARREL_SERVICE_SESSION_ID_CHECKS_H_
#define CARREL_SERVICE_SESSION_ID_CHECKS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "service/store/execution_store.h"

namespace carrel {

// One session's checks, which end in the order in which they began: so cells run in the order in
// which they were submitted, however long the store takes. Lives on the loop's thread.
class IdChecks {
 public:
  // `store` outlives it.
  explicit IdChecks(ExecutionStore* store) : store_(store) {}

  // Number of checks that have not ended.
  size_t pending() const { return checks_.size(); }
  // Checks an id; an empty one, which is going to be generated, only waits for those before it.
  // `done` gets OK, ALREADY_EXISTS if the id is remembered or was accepted meanwhile, or the
  // server's error. Until then `done` keeps this object alive.
  void Check(const std::string& session, const std::string& id,
             absl::AnyInvocable<void(absl::Status)> done);
  // Notes that an execution of this id was accepted: it may have been finished, and may even have
  // reached the store, when the pending checks of the same id are answered.
  void NoteAccepted(const std::string& id);

 private:
  struct OneCheck {
    std::string session;
    std::string id;
    absl::AnyInvocable<void(absl::Status)> done;
    bool accepted = false;  // Another execution of this id was.
    bool answered = false;
    bool found = false;  // An execution of this id is remembered.
    absl::Status error;  // The store's.
  };

  // Ends the checks that no other precedes.
  void EndAnswered();

  ExecutionStore* const store_;
  std::vector<std::shared_ptr<OneCheck>> checks_;  // The oldest first; usually none or one.
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_ID_CHECKS_H_
