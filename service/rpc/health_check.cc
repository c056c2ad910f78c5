#include "service/rpc/health_check.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <future>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

// grpc/health/v1/health.proto: HealthCheckResponse with status (field 1) SERVING (1);
// an empty HealthCheckRequest asks for the server as a whole. gRPC 1.51 of Debian
// installs no compiled form of it.
constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = {0x08, 0x01};
constexpr auto kPatience = std::chrono::seconds(2);

std::string Flatten(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

}  // namespace

absl::Status CheckHealth(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::ByteBuffer request(nullptr, 0), response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, kMethod, grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  grpc::Status status = done.get_future().get();
  if (!status.ok())
    return absl::UnavailableError(
        absl::StrCat(address, " does not answer: ", status.error_message()));
  if (Flatten(response) != std::string(kServing, sizeof(kServing)))
    return absl::FailedPreconditionError(absl::StrCat(address, " is not serving"));
  return absl::OkStatus();
}

}  // namespace carrel
