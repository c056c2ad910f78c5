// Makes the Caller of a call from what gRPC knows.
#ifndef CARREL_SERVICE_RPC_CALL_CONTEXT_H_
#define CARREL_SERVICE_RPC_CALL_CONTEXT_H_

#include <grpcpp/server_context.h>

#include "service/model/caller.h"

namespace carrel {

// Returns the caller of a call. There is no authentication yet: tenant and subject are empty.
Caller CallerOf(const grpc::ServerContextBase& context);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_CALL_CONTEXT_H_
