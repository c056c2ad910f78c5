#include "service/rpc/rpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

// A chunk of 1 MiB or 512 KiB of code, and room to receive one that is too large and answer that it
// is.
constexpr int kMaxReceiveBytes = 8 << 20;
// Maximum memory that gRPC holds for all callers together: above all, messages that have arrived
// only in part, which no handler has seen yet. Beyond it gRPC ends calls of the connections that
// hold memory until enough is free.
constexpr size_t kMaxHeldBytes = 128 << 20;

void SetOptions(grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder->SetResourceQuota(grpc::ResourceQuota("callers").Resize(kMaxHeldBytes));
  // A second server on the same port would take half of the connections.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Callers may ping to keep alive a stream that is silent for long, and callers that vanished are
  // detected. docs/api.md promises that pings 5 s apart are accepted; half of that leaves room for
  // pings that were delayed in transit.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 2'500);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
}

// These forward gRPC's errors to the log; errors while it starts to listen are reported by
// StartServer, in one line.
void QuietLog(gpr_log_func_args* /*args*/) {}
void ForwardLog(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR) spdlog::warn("grpc: {}", args->message);
}

std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
}

}  // namespace

absl::StatusOr<ListeningServer> StartServer(const std::vector<std::string>& addresses,
                                            grpc::Service* service) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetOptions(&builder);
  std::vector<int> ports(addresses.size(), 0);
  for (size_t i = 0; i < addresses.size(); ++i)
    builder.AddListeningPort(addresses[i], grpc::InsecureServerCredentials(), &ports[i]);
  builder.RegisterService(service);
  ListeningServer result;
  gpr_set_log_function(QuietLog);
  result.server = builder.BuildAndStart();
  gpr_set_log_function(ForwardLog);
  if (result.server == nullptr) {
    std::string failed = addresses[0];
    for (size_t i = addresses.size(); i-- > 0;)
      if (ports[i] == 0) failed = addresses[i];
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", failed,
        ": is it in use? Stop the other program or change `listen` in the configuration"));
  }
  result.server->GetHealthCheckService()->SetServingStatus("carrel.v1.CodeInterpreter", true);
  result.held_thread = HeldThread::HoldOnFewCpus(result.server.get());
  for (size_t i = 0; i < addresses.size(); ++i)
    result.addresses.push_back(WithPort(addresses[i], ports[i]));
  return result;
}

}  // namespace carrel
