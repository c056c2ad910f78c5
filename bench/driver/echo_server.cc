#include "echo_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "echo.grpc.pb.h"
#include "echo_file.h"

namespace carrel::bench {
namespace {

constexpr auto kShutdownGrace = std::chrono::seconds(2);
// Maximum size of one message; carreld's largest chunk.
constexpr int kMaxResponseBytes = 1 << 20;

void Fill(const EchoRequest& request, EchoResponse* response) {
  response->set_data(std::string(std::clamp(request.response_bytes(), 0, kMaxResponseBytes), 'x'));
}

// Writes one message after the other and sends the status with the last.
class StreamReactor : public grpc::ServerWriteReactor<EchoResponse> {
 public:
  explicit StreamReactor(const EchoRequest& request)
      : remaining_(std::max(1, request.response_count())) {
    Fill(request, &response_);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (remaining_ == 0) return;  // The status is on its way.
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else {
      WriteNext();
    }
  }
  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    if (--remaining_ > 0) {
      StartWrite(&response_);
    } else {
      StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
    }
  }

  int remaining_;
  EchoResponse response_;
};

class EchoService : public Echo::CallbackService {
 public:
  explicit EchoService(std::string folder) : folder_(std::move(folder)) {}

  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const EchoRequest* request,
                                  EchoResponse* response) override {
    Fill(*request, response);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<EchoResponse>* Stream(grpc::CallbackServerContext* /*context*/,
                                                 const EchoRequest* request) override {
    return new StreamReactor(*request);
  }

  grpc::ServerReadReactor<EchoResponse>* Upload(grpc::CallbackServerContext* /*context*/,
                                                EchoResponse* response) override {
    return ReceiveFile(folder_, response);
  }

  grpc::ServerWriteReactor<EchoResponse>* Download(grpc::CallbackServerContext* /*context*/,
                                                   const EchoRequest* /*request*/) override {
    return SendFile(folder_);
  }

 private:
  std::string folder_;
};

}  // namespace

int ServeEcho(const std::string& address, const std::string& folder) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  EchoService service(folder);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    fprintf(stderr, "carrel-bench: cannot listen on %s\n", address.c_str());
    return 1;
  }
  printf("echo listening on %s\n", address.c_str());
  fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  return 0;
}

}  // namespace carrel::bench
