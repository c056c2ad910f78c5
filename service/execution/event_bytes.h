// The serialised form of an event.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
#define CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>

#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {

// A serialised event. Copies share the bytes.
struct EventBytes {
  grpc::Slice start;
  grpc::Slice rest;  // Large printed output; otherwise empty.

  size_t size() const { return start.size() + rest.size(); }
  grpc::ByteBuffer ToByteBuffer() const;
};

// Serialises an event; large printed output is moved rather than copied.
EventBytes ToBytes(v1::ExecuteEvent&& event);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_BYTES_H_
