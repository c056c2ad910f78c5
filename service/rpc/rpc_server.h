// The listening gRPC server.
#ifndef CARREL_SERVICE_RPC_RPC_SERVER_H_
#define CARREL_SERVICE_RPC_RPC_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/rpc/held_thread.h"

namespace carrel {

// A server that listens, and where.
struct ListeningServer {
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // With the ports that were chosen.
  // May be null. To be let go of before the server is shut down.
  std::unique_ptr<HeldThread> held_thread;
};

// Serves `service`, health and reflection on all of `addresses`, or says which one
// cannot be had.
absl::StatusOr<ListeningServer> StartServer(const std::vector<std::string>& addresses,
                                            grpc::Service* service);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_SERVER_H_
