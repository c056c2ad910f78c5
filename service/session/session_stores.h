// The stores of sessions, and the way to the images of what they forget.
#ifndef CARREL_SERVICE_SESSION_SESSION_STORES_H_
#define CARREL_SERVICE_SESSION_SESSION_STORES_H_

#include <functional>

#include "service/store/execution_store.h"
#include "service/store/session_store.h"

namespace carrel {

struct SessionStores {
  // Unowned.
  ExecutionStore* executions = nullptr;
  SessionStore* sessions = nullptr;
  // Has the session of a forgotten execution delete its images. That may be another session than
  // the one whose execution displaced it, so SessionTable finds it.
  std::function<void(const ForgottenExecution&)> delete_images;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_STORES_H_
