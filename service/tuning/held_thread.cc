#include "service/tuning/held_thread.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>
#include <sched.h>

#include <utility>

#include "absl/time/time.h"

namespace carrel {
namespace {

// With up to two CPUs, gRPC makes the least number of threads; holding one leaves one.
constexpr int kMaxCpus = 2;
constexpr absl::Duration kPatience = absl::Seconds(10);
// Any method and any answer will do, since only the thread that delivers the answer matters.
constexpr char kMethod[] = "/grpc.health.v1.Health/Check";

int CpuCount() {
  cpu_set_t cpus;
  return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : kMaxCpus + 1;
}

// One call; lives until it is answered.
struct Call {
  explicit Call(std::shared_ptr<grpc::Channel> channel) : stub(std::move(channel)) {}
  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::ByteBuffer request{nullptr, 0}, response;
};

}  // namespace

std::unique_ptr<HeldThread> HeldThread::HoldOnFewCpus(grpc::Server* server) {
  return CpuCount() <= kMaxCpus ? Hold(server) : nullptr;
}

std::unique_ptr<HeldThread> HeldThread::Hold(grpc::Server* server) {
  std::unique_ptr<HeldThread> thread(new HeldThread());
  auto call = std::make_shared<Call>(server->InProcessChannel(grpc::ChannelArguments()));
  call->stub.UnaryCall(&call->context, kMethod, grpc::StubOptions(), &call->request,
                       &call->response,
                       [call, thread = thread.get()](const grpc::Status& /*status*/) {
                         thread->held_.Notify();
                         thread->let_go_.WaitForNotification();
                         thread->done_.Notify();
                       });
  // If this returns null, the destructor waits for the answer, which comes in any case.
  if (!thread->held_.WaitForNotificationWithTimeout(kPatience)) return nullptr;
  return thread;
}

HeldThread::~HeldThread() {
  let_go_.Notify();
  done_.WaitForNotification();
}

}  // namespace carrel
