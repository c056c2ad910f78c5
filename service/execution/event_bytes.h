// An event on the wire.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
#define CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {

// As Serialize, but what was printed is moved rather than copied, where it is much.
grpc::ByteBuffer ToBytes(v1::ExecuteEvent event);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
