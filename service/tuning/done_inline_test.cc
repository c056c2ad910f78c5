#include <grpcpp/create_channel.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "carrel/v1/code_interpreter.grpc.pb.h"

namespace carrel {
namespace {

// Ends one call at once, and remembers the name of the thread on which its OnDone was.
class OneCall
    : public v1::CodeInterpreter::WithRawCallbackMethod_Execute<v1::CodeInterpreter::Service> {
 public:
  explicit OneCall(bool is_short) : reactor_(is_short) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Execute(
      grpc::CallbackServerContext* /*context*/, const grpc::ByteBuffer* /*request*/) override {
    reactor_.Finish(grpc::Status::OK);
    return &reactor_;
  }

  std::string ThreadOfItsEnd() {
    reactor_.done.WaitForNotification();
    return reactor_.thread;
  }

 private:
  struct Reactor : grpc::ServerWriteReactor<grpc::ByteBuffer> {
    explicit Reactor(bool is_short) : is_short(is_short) {}
    bool InternalInlineable() override { return is_short; }
    void OnDone() override {
      char name[16] = "";
      pthread_getname_np(pthread_self(), name, sizeof(name));
      thread = name;
      done.Notify();
    }
    const bool is_short;
    std::string thread;
    absl::Notification done;
  };

  Reactor reactor_;
};

std::string ThreadOfTheEnd(bool is_short) {
  OneCall service(is_short);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub = v1::CodeInterpreter::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::ExecuteEvent event;
  const auto events = stub->Execute(&context, v1::ExecuteRequest());
  while (events->Read(&event)) {
  }
  EXPECT_TRUE(events->Finish().ok());
  const std::string thread = service.ThreadOfItsEnd();
  server->Shutdown();
  return thread;
}

// If this fails, gRPC has changed so that done_inline.cc has no effect any more.
TEST(DoneInlineTest, AShortCallEndsOnTheThreadThatServesIt) {
  EXPECT_NE(ThreadOfTheEnd(/*is_short=*/true), "default-executo");
}

TEST(DoneInlineTest, OthersEndOnAThreadOfTheExecutor) {
  EXPECT_EQ(ThreadOfTheEnd(/*is_short=*/false), "default-executo");
}

}  // namespace
}  // namespace carrel
