#include "service/session/id_checks.h"

#include <utility>
#include <vector>

#include "service/model/errors.h"
#include "service/model/resource_name.h"

namespace carrel {

void IdChecks::Check(const std::string& session, const std::string& id,
                     absl::AnyInvocable<void(absl::Status)> done) {
  auto check = std::make_shared<OneCheck>();
  check->session = session;
  check->id = id;
  check->done = std::move(done);
  check->answered = id.empty();
  checks_.push_back(check);
  if (check->answered) return EndAnswered();
  store_->Get(session, id, [this, check](const absl::StatusOr<StoredExecution>& found) {
    check->answered = true;
    check->found = found.ok();
    if (!found.ok() && !absl::IsNotFound(found.status()))
      check->error = ServerError(found.status().message());
    EndAnswered();
  });
}

void IdChecks::NoteAccepted(const std::string& id) {
  for (const std::shared_ptr<OneCheck>& check : checks_)
    if (check->id == id) check->accepted = true;
}

void IdChecks::EndAnswered() {
  // Destroyed last: they may hold the last references to the session, and so to this object.
  std::vector<std::shared_ptr<OneCheck>> ended;
  while (!checks_.empty() && checks_.front()->answered) {
    ended.push_back(std::move(checks_.front()));
    checks_.erase(checks_.begin());
    OneCheck& check = *ended.back();
    check.done(check.accepted || check.found
                   ? ExecutionExists(ExecutionNameOf(check.session, check.id))
                   : check.error);
  }
}

}  // namespace carrel
