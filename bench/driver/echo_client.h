// Calls of the bare gRPC server, timed.
#ifndef CARREL_BENCH_ECHO_CLIENT_H_
#define CARREL_BENCH_ECHO_CLIENT_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <memory>
#include <string>

#include "echo.grpc.pb.h"

namespace carrel::bench {

// Returns a channel to `address`, with the settings of all clients here; ends the process if
// nothing listens there.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// Ends the process if a call failed.
void Must(const grpc::Status& status, const std::string& what);

// Measures blocking calls in milliseconds. One thread at a time.
class EchoClient {
 public:
  explicit EchoClient(const std::string& address) : stub_(Echo::NewStub(Connect(address))) {}
  double Unary(int response_bytes);
  double Stream(int response_count, int response_bytes);
  // A file of `size` bytes, in pieces of 1 MiB.
  double Upload(int64_t size);
  double Download(int64_t size);

 private:
  std::unique_ptr<Echo::Stub> stub_;
};

}  // namespace carrel::bench

#endif  // CARREL_BENCH_ECHO_CLIENT_H_
