// The client's side of grpc.health.v1, for a container's health check.
#ifndef CARREL_SERVICE_RPC_HEALTH_CHECK_H_
#define CARREL_SERVICE_RPC_HEALTH_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace carrel {

// Returns OK if the server at `address` answers SERVING within two seconds, or an error whose
// message is one sentence with its answer. UNAVAILABLE if nothing answers.
absl::Status CheckHealth(const std::string& address);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_HEALTH_CHECK_H_
