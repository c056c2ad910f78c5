#include "echo_client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <stdlib.h>

#include <chrono>
#include <cstdio>

#include "samples.h"

namespace carrel::bench {
namespace {

constexpr auto kConnectTimeout = std::chrono::seconds(10);
constexpr int64_t kChunkBytes = 1 << 20;
// Size of the SHA-256 in hexadecimal, which comes last.
constexpr int64_t kDigestBytes = 64;

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
    fprintf(stderr, "carrel-bench: nobody listens on %s\n", address.c_str());
    exit(1);
  }
  return channel;
}

void Must(const grpc::Status& status, const std::string& what) {
  if (status.ok()) return;
  fprintf(stderr, "carrel-bench: %s: %s\n", what.c_str(), status.error_message().c_str());
  exit(1);
}

double EchoClient::Unary(int response_bytes) {
  EchoRequest request;
  request.set_response_bytes(response_bytes);
  EchoResponse response;
  const StopWatch watch;
  grpc::ClientContext context;
  const grpc::Status status = stub_->Unary(&context, request, &response);
  const double elapsed = watch.Milliseconds();
  Must(status, "the bare unary call");
  return elapsed;
}

double EchoClient::Stream(int response_count, int response_bytes) {
  EchoRequest request;
  request.set_response_bytes(response_bytes);
  request.set_response_count(response_count);
  EchoResponse response;
  const StopWatch watch;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<EchoResponse>> reader = stub_->Stream(&context, request);
  while (reader->Read(&response)) {
  }
  const grpc::Status status = reader->Finish();
  const double elapsed = watch.Milliseconds();
  Must(status, "the bare stream");
  return elapsed;
}

double EchoClient::Upload(int64_t size) {
  EchoResponse chunk;
  chunk.set_data(std::string(kChunkBytes, 'x'));
  EchoResponse response;
  const StopWatch watch;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientWriter<EchoResponse>> writer = stub_->Upload(&context, &response);
  bool going = true;
  for (int64_t sent = 0; going && sent < size; sent += kChunkBytes) going = writer->Write(chunk);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  const double elapsed = watch.Milliseconds();
  Must(status, "the bare upload");
  return elapsed;
}

double EchoClient::Download(int64_t size) {
  EchoResponse response;
  int64_t received = 0;
  const StopWatch watch;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<EchoResponse>> reader =
      stub_->Download(&context, EchoRequest());
  while (reader->Read(&response)) received += static_cast<int64_t>(response.data().size());
  const grpc::Status status = reader->Finish();
  const double elapsed = watch.Milliseconds();
  Must(status, "the bare download");
  if (received != size + kDigestBytes)
    Must(grpc::Status(grpc::StatusCode::INTERNAL, "another size came"), "the bare download");
  return elapsed;
}

}  // namespace carrel::bench
