#include "callers.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <memory>

#include "absl/synchronization/blocking_counter.h"
#include "carrel/v1/code_interpreter.grpc.pb.h"
#include "echo_client.h"
#include "latency.h"
#include "samples.h"

namespace carrel::bench {
namespace {

// State that the callers share.
struct Round {
  Round(const std::string& address, int callers, double seconds)
      : stub(v1::CodeInterpreter::NewStub(Connect(address))), seconds(seconds), running(callers) {}

  const std::unique_ptr<v1::CodeInterpreter::Stub> stub;
  const double seconds;
  std::atomic<int> cells = 0;
  absl::BlockingCounter running;
  const StopWatch watch;
};

// One call. When it is done, it sends the next one or, if the time is up, signals that its caller
// is done.
class Cell : public grpc::ClientReadReactor<v1::ExecuteEvent> {
 public:
  // Destroys itself.
  static void Send(Round* round, const std::string& session) {
    Cell* cell = new Cell(round, session);
    cell->StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (event_.has_finished()) state_ = event_.finished().execution().state();
    StartRead(&event_);
  }

  void OnDone(const grpc::Status& status) override {
    Must(status, "Execute");
    if (state_ != v1::Execution::SUCCEEDED)
      Must(grpc::Status(grpc::StatusCode::INTERNAL, "it did not succeed"), "a cell");
    ++round_->cells;
    if (round_->watch.Milliseconds() < round_->seconds * 1e3) {
      Send(round_, request_.session());
    } else {
      round_->running.DecrementCount();
    }
    delete this;
  }

 private:
  Cell(Round* round, const std::string& session) : round_(round) {
    request_.set_session(session);
    request_.set_code(kPrintCell);
    round->stub->async()->Execute(&context_, &request_, this);
    StartRead(&event_);
  }

  Round* const round_;
  grpc::ClientContext context_;
  v1::ExecuteRequest request_;
  v1::ExecuteEvent event_;
  v1::Execution::State state_ = v1::Execution::STATE_UNSPECIFIED;
};

}  // namespace

double CellsPerSecond(const std::string& address, const std::vector<std::string>& sessions,
                      double seconds) {
  Round round(address, static_cast<int>(sessions.size()), seconds);
  for (const std::string& session : sessions) Cell::Send(&round, session);
  round.running.Wait();
  return round.cells * 1e3 / round.watch.Milliseconds();
}

}  // namespace carrel::bench
