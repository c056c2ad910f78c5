#include "service/tuning/held_thread.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace carrel {
namespace {

// Answers each call at once, and remembers the threads that it was called on.
class Threads : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* /*context*/) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ids_.insert(std::this_thread::get_id());
    reactors_.push_back(std::make_unique<Reactor>());
    return reactors_.back().get();
  }

  void Forget() {
    std::lock_guard<std::mutex> lock(mutex_);
    ids_.clear();
  }

  size_t count() {
    std::lock_guard<std::mutex> lock(mutex_);
    return ids_.size();
  }

 private:
  struct Reactor : grpc::ServerGenericBidiReactor {
    Reactor() { Finish(grpc::Status::OK); }
    void OnDone() override {}
  };

  std::mutex mutex_;
  std::set<std::thread::id> ids_;
  std::vector<std::unique_ptr<Reactor>> reactors_;  // Kept until the server has ended.
};

class HeldThreadTest : public testing::Test {
 protected:
  HeldThreadTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&threads_);
    server_ = builder.BuildAndStart();
  }

  // Makes calls from many concurrent callers, each of which waits for its answers on its own
  // thread.
  void CallALot() {
    std::vector<std::thread> callers(8);
    for (std::thread& caller : callers) caller = std::thread([this] { CallInARow(); });
    for (std::thread& caller : callers) caller.join();
  }

  void CallInARow() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    grpc::GenericStub stub(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials(), arguments));
    for (int i = 0; i < 300; ++i) {
      grpc::ClientContext context;
      grpc::CompletionQueue queue;
      std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> call =
          stub.PrepareUnaryCall(&context, "/test/Any", grpc::ByteBuffer(nullptr, 0), &queue);
      call->StartCall();
      grpc::ByteBuffer response;
      grpc::Status status;
      call->Finish(&response, &status, this);
      void* tag;
      bool ok;
      ASSERT_TRUE(queue.Next(&tag, &ok));
      // The answer is a status without a message.
      EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    }
  }

  Threads threads_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(HeldThreadTest, TheOtherThreadsServeAllCalls) {
  std::unique_ptr<HeldThread> held = HeldThread::Hold(server_.get());
  ASSERT_NE(held, nullptr);
  threads_.Forget();  // The call that holds the thread was recorded, too.
  CallALot();
  // gRPC makes two threads for up to four CPUs, and more on larger machines.
  if (std::thread::hardware_concurrency() <= 4) {
    EXPECT_EQ(threads_.count(), 1u);
  }
}

TEST_F(HeldThreadTest, OneThatWasLetGoServesAgain) {
  HeldThread::Hold(server_.get()).reset();
  threads_.Forget();
  while (threads_.count() < 2) CallALot();  // Bounded by the test's timeout.
}

TEST_F(HeldThreadTest, AServerThatWasShutDownHasItsThreadBack) {
  std::unique_ptr<HeldThread> held = HeldThread::Hold(server_.get());
  held.reset();
  server_->Shutdown();
  server_->Wait();
}

}  // namespace
}  // namespace carrel
