// The answer to a unary call, which can be given later and from any thread.
#ifndef CARREL_SERVICE_RPC_RESPONDER_H_
#define CARREL_SERVICE_RPC_RESPONDER_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/statusor.h"
#include "service/model/errors.h"
#include "service/rpc/wire.h"

namespace carrel {

// Move-only. Answers exactly once: if it is destroyed unused, it answers that the server is
// shutting down.
template <typename Response>
class Responder {
 public:
  // `reactor` and `response` belong to the call and live until it is answered.
  Responder(grpc::ServerUnaryReactor* reactor, grpc::ByteBuffer* response)
      : reactor_(reactor), response_(response) {}
  Responder(Responder&& other) noexcept
      : reactor_(std::exchange(other.reactor_, nullptr)), response_(other.response_) {}
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (reactor_ != nullptr) (*this)(ShuttingDown());
  }

  void operator()(const absl::StatusOr<Response>& result) {
    grpc::ServerUnaryReactor* reactor = std::exchange(reactor_, nullptr);
    if (result.ok()) *response_ = Serialize(*result);
    reactor->Finish(ToRpcStatus(result.status()));
  }

 private:
  grpc::ServerUnaryReactor* reactor_;
  grpc::ByteBuffer* response_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RESPONDER_H_
