// The listening gRPC server.
#ifndef CARREL_SERVICE_RPC_RPC_SERVER_H_
#define CARREL_SERVICE_RPC_RPC_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/tuning/held_thread.h"

namespace carrel {

// A listening server and its addresses.
struct ListeningServer {
  std::unique_ptr<grpc::Server> server;
  std::vector<std::string> addresses;  // Ports are the actual ones.
  // May be null. Destroy it before the server is shut down.
  std::unique_ptr<HeldThread> held_thread;
};

// Serves `service`, health and reflection on all of `addresses`; the error names the address that
// could not be bound.
absl::StatusOr<ListeningServer> StartServer(const std::vector<std::string>& addresses,
                                            grpc::Service* service);

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_RPC_SERVER_H_
