// The caller of one call of the API.
#ifndef CARREL_SERVICE_MODEL_CALLER_H_
#define CARREL_SERVICE_MODEL_CALLER_H_

#include <string>
#include <utility>

#include "absl/time/time.h"

namespace carrel {

// The person or program that makes a call, and the time until which the answer is awaited. The RPC
// edge makes one for each call (rpc/call_context.h) and every handler hands it on to SessionTable,
// which alone decides what the caller may use. There is none by default, so that no code can leave
// it out.
struct Caller {
  Caller(std::string tenant, std::string subject, absl::Time deadline)
      : tenant(std::move(tenant)), subject(std::move(subject)), deadline(deadline) {}

  std::string tenant;   // Owns sessions; empty as long as callers are not authenticated.
  std::string subject;  // The person or program within the tenant; empty, too.
  absl::Time deadline;  // InfiniteFuture if the call has none.
};

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_CALLER_H_
