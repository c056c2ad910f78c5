#include "service/rpc/call_context.h"

#include <chrono>

namespace carrel {

Caller CallerOf(const grpc::ServerContextBase& context) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  // gRPC converts an infinite deadline to the largest time point there is.
  const bool endless = deadline == std::chrono::system_clock::time_point::max();
  return Caller("", "", endless ? absl::InfiniteFuture() : absl::FromChrono(deadline));
}

}  // namespace carrel
