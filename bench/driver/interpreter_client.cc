#include "interpreter_client.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "echo_client.h"
#include "samples.h"

namespace carrel::bench {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int64_t kChunkBytes = 1 << 20;
constexpr double kMillion = 1e6;

grpc::Status Failed(const std::string& message) {
  return grpc::Status(grpc::StatusCode::INTERNAL, message);
}

int64_t Nanoseconds(const google::protobuf::Timestamp& time) {
  return TimeUtil::TimestampToNanoseconds(time);
}

// Records the times of the events of one cell.
class CellRecord {
 public:
  void Take(const v1::ExecuteEvent& event) {
    ++timing_.events;
    if (event.has_started()) started_ = Nanoseconds(event.time());
    if (event.has_stdout()) TakeStdout(event);
    if (event.has_finished()) {
      finished_ = Nanoseconds(event.time());
      execution_ = event.finished().execution();
    }
  }

  CellTiming Close() {
    const int64_t now = absl::GetCurrentTimeNanos();
    timing_.total = watch_.Milliseconds();
    if (stdout_ == 0) stdout_ = started_;
    timing_.to_started = static_cast<double>(started_ - start_) / kMillion;
    timing_.to_stdout = static_cast<double>(stdout_ - started_) / kMillion;
    timing_.to_finished = static_cast<double>(finished_ - stdout_) / kMillion;
    timing_.to_caller = static_cast<double>(now - finished_) / kMillion;
    timing_.cpu =
        static_cast<double>(TimeUtil::DurationToNanoseconds(execution_.usage().cpu_duration())) /
        kMillion;
    return timing_;
  }

  const v1::Execution& execution() const { return execution_; }

 private:
  void TakeStdout(const v1::ExecuteEvent& event) {
    if (timing_.stdout_events++ == 0) {
      timing_.first_stdout = watch_.Milliseconds();
      stdout_ = Nanoseconds(event.time());
    }
    timing_.stdout_bytes += static_cast<int64_t>(event.stdout().data().size());
  }

  StopWatch watch_;
  int64_t start_ = absl::GetCurrentTimeNanos();
  int64_t started_ = 0;
  int64_t stdout_ = 0;
  int64_t finished_ = 0;
  v1::Execution execution_;
  CellTiming timing_;
};

std::string FileName(const std::string& session) {
  return absl::StrCat(session, "/files/bench.bin");
}

}  // namespace

InterpreterClient::InterpreterClient(const std::string& address)
    : stub_(v1::CodeInterpreter::NewStub(Connect(address))) {}

int InterpreterClient::WarmInterpreterCount(const std::string& image) {
  grpc::ClientContext context;
  v1::ServerInfo info;
  Must(stub_->GetServerInfo(&context, v1::GetServerInfoRequest(), &info), "GetServerInfo");
  for (const v1::Image& served : info.images())
    if (served.name() == image) return served.warm_interpreter_count();
  Must(Failed("it does not serve " + image), "GetServerInfo");
  return 0;
}

void InterpreterClient::Get(const std::string& session) {
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  request.set_name(session);
  v1::Session response;
  Must(stub_->GetSession(&context, request, &response), "GetSession");
}

OpenedSession InterpreterClient::Create(const std::string& image, const v1::Limits& limits) {
  v1::CreateSessionRequest request;
  request.mutable_session()->set_image(image);
  if (limits.ByteSizeLong() > 0) *request.mutable_session()->mutable_limits() = limits;
  v1::Session session;
  const StopWatch watch;
  grpc::ClientContext context;
  const grpc::Status status = stub_->CreateSession(&context, request, &session);
  const double elapsed = watch.Milliseconds();
  Must(status, "CreateSession");
  return {session.name(), elapsed};
}

double InterpreterClient::Delete(const std::string& session) {
  v1::DeleteSessionRequest request;
  request.set_name(session);
  google::protobuf::Empty empty;
  const StopWatch watch;
  grpc::ClientContext context;
  const grpc::Status status = stub_->DeleteSession(&context, request, &empty);
  const double elapsed = watch.Milliseconds();
  Must(status, "DeleteSession");
  return elapsed;
}

CellTiming InterpreterClient::Execute(const std::string& session, const std::string& code) {
  v1::ExecuteRequest request;
  request.set_session(session);
  request.set_code(code);
  v1::ExecuteEvent event;
  CellRecord record;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::ExecuteEvent>> reader = stub_->Execute(&context, request);
  while (reader->Read(&event)) record.Take(event);
  const grpc::Status status = reader->Finish();
  const CellTiming timing = record.Close();
  Must(status, "Execute");
  if (record.execution().state() != v1::Execution::SUCCEEDED)
    Must(Failed(record.execution().message()), "a cell");
  return timing;
}

double InterpreterClient::WriteFile(const std::string& session, int64_t size) {
  v1::WriteFileRequest chunk;
  chunk.set_data(std::string(kChunkBytes, 'x'));
  v1::WriteFileRequest first;
  first.mutable_spec()->set_name(FileName(session));
  first.mutable_spec()->set_size_bytes(size);
  v1::File file;
  const StopWatch watch;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientWriter<v1::WriteFileRequest>> writer =
      stub_->WriteFile(&context, &file);
  bool going = writer->Write(first);
  for (int64_t sent = 0; going && sent < size; sent += kChunkBytes) going = writer->Write(chunk);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  const double elapsed = watch.Milliseconds();
  Must(status, "WriteFile");
  return elapsed;
}

double InterpreterClient::ReadFile(const std::string& session, int64_t size) {
  v1::ReadFileRequest request;
  request.set_name(FileName(session));
  v1::ReadFileResponse response;
  int64_t received = 0;
  const StopWatch watch;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::ReadFileResponse>> reader =
      stub_->ReadFile(&context, request);
  while (reader->Read(&response)) received += static_cast<int64_t>(response.data().size());
  const grpc::Status status = reader->Finish();
  const double elapsed = watch.Milliseconds();
  Must(status, "ReadFile");
  if (received != size) Must(Failed("the file came back with another size"), "ReadFile");
  return elapsed;
}

}  // namespace carrel::bench
