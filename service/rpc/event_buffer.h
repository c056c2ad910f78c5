// The bytes of an event as gRPC sends them.
#ifndef CARREL_SERVICE_RPC_EVENT_BUFFER_H_
#define CARREL_SERVICE_RPC_EVENT_BUFFER_H_

#include <grpcpp/support/byte_buffer.h>

#include "service/execution/event_bytes.h"

namespace carrel {

// Returns the bytes of an event. Large ones are shared with it, not copied.
grpc::ByteBuffer ToByteBuffer(const EventBytes& event);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_EVENT_BUFFER_H_
