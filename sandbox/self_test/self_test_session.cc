#include "sandbox/self_test/self_test_session.h"

#include <future>
#include <utility>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

constexpr size_t kMaxOutputBytes = 1 << 20;
// The time after its timeout in which a cell must have been interrupted or killed, on any machine.
constexpr absl::Duration kPatience = absl::Seconds(30);

class Recorder : public CellSink {
 public:
  explicit Recorder(SelfTestSession::Result* result) : result_(result) {}
  void OnStarted() override {}
  void OnLasting() override {}
  void OnOutput(OutputStream stream, std::string bytes) override {
    if (stream == OutputStream::kStdout && result_->output.size() < kMaxOutputBytes)
      absl::StrAppend(&result_->output, bytes);
  }
  int64_t OnDisplay(DisplayBundle) override { return 0; }
  int64_t OnClear(bool) override { return 0; }
  void OnLateLoss(const LateLoss&) override {}
  void OnRefusedCall(const std::string&) override {}
  void OnException(PythonException exception) override {
    result_->error = absl::StrCat(exception.type, ": ", exception.message);
  }

 private:
  SelfTestSession::Result* const result_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SelfTestSession>> SelfTestSession::Open(EventLoop* loop,
                                                                       Zygote* zygote,
                                                                       SpawnOptions options) {
  std::promise<absl::StatusOr<std::unique_ptr<Interpreter>>> promise;
  loop->Post([&] {
    zygote->Spawn(std::move(options), [&](absl::StatusOr<std::unique_ptr<Interpreter>> sandbox) {
      promise.set_value(std::move(sandbox));
    });
  });
  absl::StatusOr<std::unique_ptr<Interpreter>> sandbox = promise.get_future().get();
  if (!sandbox.ok()) return sandbox.status();
  return std::unique_ptr<SelfTestSession>(new SelfTestSession(loop, *std::move(sandbox)));
}

SelfTestSession::~SelfTestSession() {
  std::promise<void> done;
  loop_->Post([&] {
    sandbox_.reset();
    done.set_value();
  });
  done.get_future().wait();
}

SelfTestSession::Result SelfTestSession::Run(const std::string& code, absl::Duration timeout,
                                             absl::Duration cpu_time) {
  Result result;
  Recorder recorder(&result);
  std::promise<void> done;
  loop_->Post([&] {
    if (!sandbox_->alive()) {
      result.outcome.status = Outcome::Status::kDied;
      result.error = "the interpreter is gone";
      return done.set_value();
    }
    Cell cell;
    cell.code = code;
    cell.timeout = timeout;
    cell.cpu_time = cpu_time;
    sandbox_->Run(cell, &recorder, [&](Outcome outcome) {
      if (outcome.status == Outcome::Status::kDied) result.error = outcome.death.message;
      result.outcome = std::move(outcome);
      done.set_value();
    });
  });
  std::future<void> end = done.get_future();
  if (end.wait_for(absl::ToChronoMilliseconds(timeout + kPatience)) != std::future_status::ready)
    loop_->Post([this] { sandbox_->Kill(StopReason::kCancelled); });
  end.wait();
  return result;
}

void SelfTestSession::Kill() {
  std::promise<void> done;
  loop_->Post([&] {
    if (!sandbox_->alive()) return done.set_value();
    sandbox_->set_on_death([&](const Death&) { done.set_value(); });
    sandbox_->Kill(StopReason::kSessionDeleted);
  });
  done.get_future().wait();
}

}  // namespace carrel
