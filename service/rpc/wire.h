// Conversions between messages and the bytes on the wire. The service takes raw bytes from gRPC and
// parses them itself: gRPC 1.51 answers UNIMPLEMENTED to a request that does not parse, whereas
// callers should learn which field was not UTF-8.
#ifndef CARREL_SERVICE_RPC_WIRE_H_
#define CARREL_SERVICE_RPC_WIRE_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace carrel {

grpc::ByteBuffer Serialize(const google::protobuf::Message& message);

// Converts an error to code, message and google.rpc.Status details. An error without ErrorInfo gets
// reason SERVER_ERROR.
grpc::Status ToRpcStatus(const absl::Status& status);

// Returns INVALID_ARGUMENT if `bytes` are not a message of that type; the error names the string
// field that is not UTF-8 if that is the reason.
absl::Status ParseInto(const grpc::ByteBuffer& bytes, google::protobuf::Message* message);

template <typename Message>
absl::StatusOr<Message> Parse(const grpc::ByteBuffer& bytes) {
  Message message;
  absl::Status status = ParseInto(bytes, &message);
  if (!status.ok()) return status;
  return message;
}

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_WIRE_H_
