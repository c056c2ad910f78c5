// The client's side of grpc.health.v1, for a container's health check.
#ifndef CARREL_SERVICE_RPC_HEALTH_CHECK_H_
#define CARREL_SERVICE_RPC_HEALTH_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace carrel {

// OK if the server at `address` says within two seconds that it is SERVING; else one
// sentence that says what it said. UNAVAILABLE if nobody answers.
absl::Status CheckHealth(const std::string& address);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_HEALTH_CHECK_H_
