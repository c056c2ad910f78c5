// An event on the wire.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
#define CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>

#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {

// Copies share the bytes.
struct EventBytes {
  grpc::Slice start;
  grpc::Slice rest;  // What was printed, where it is much; else empty.

  size_t size() const { return start.size() + rest.size(); }
  grpc::ByteBuffer ToByteBuffer() const;
};

// As Serialize, but what was printed is moved rather than copied, where it is much.
EventBytes ToBytes(v1::ExecuteEvent&& event);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
