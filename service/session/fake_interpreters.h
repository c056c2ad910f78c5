// A zygote and interpreters for tests of sessions: they do what a test says, when it says so.
#ifndef CARREL_SERVICE_SESSION_FAKE_INTERPRETERS_H_
#define CARREL_SERVICE_SESSION_FAKE_INTERPRETERS_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/interpreter.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {

// Runs nothing. What was asked of it is public; its End and Die are what a real one would report.
class FakeInterpreter : public Interpreter {
 public:
  // Outlives the interpreter, so that a test can see what became of it.
  struct Record {
    FakeInterpreter* interpreter = nullptr;  // Null once it is destroyed.
    std::string code;                        // The running cell's.
    std::vector<StopReason> interrupts;
    std::vector<StopReason> kills;
  };

  explicit FakeInterpreter(std::shared_ptr<Record> record) : record_(std::move(record)) {
    record_->interpreter = this;
  }
  ~FakeInterpreter() override { record_->interpreter = nullptr; }

  void Run(const Cell& cell, CellSink* sink, absl::AnyInvocable<void(Outcome)> done) override {
    record_->code = std::string(cell.code);
    sink_ = sink;
    done_ = std::move(done);
    sink->OnStarted();
  }
  void Interrupt(StopReason reason) override { record_->interrupts.push_back(reason); }
  void Kill(StopReason reason) override {
    record_->kills.push_back(reason);
    alive_ = false;
  }
  bool alive() const override { return alive_; }
  bool IsConnected() override { return alive_; }
  int pid() const override { return 0; }
  void set_on_death(absl::AnyInvocable<void(const Death&)> callback) override {
    on_death_ = std::move(callback);
  }

  bool running() const { return static_cast<bool>(done_); }
  CellSink* sink() const { return sink_; }
  // Ends the running cell.
  void End(Outcome outcome = {}) { std::exchange(done_, nullptr)(std::move(outcome)); }
  // From now on the end is certain, and not reported yet.
  void StartDying() { alive_ = false; }
  // Reports the end: to the running cell if there is one.
  void Die(const std::string& message = "The interpreter exited.") {
    alive_ = false;
    Outcome outcome;
    outcome.status = Outcome::Status::kDied;
    outcome.death.exit_code = 1;
    outcome.death.message = message;
    if (running()) return End(std::move(outcome));
    if (on_death_) std::exchange(on_death_, nullptr)(outcome.death);
  }

 private:
  const std::shared_ptr<Record> record_;
  bool alive_ = true;
  CellSink* sink_ = nullptr;
  absl::AnyInvocable<void(Outcome)> done_;
  absl::AnyInvocable<void(const Death&)> on_death_;
};

// Answers spawns in the order in which they came, when the test says so.
class FakeZygote : public Zygote {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Interpreter>>)>;

  void Spawn(SpawnOptions options, Done done) override {
    options_.push_back(std::move(options));
    waiting_.push_back(std::move(done));
  }
  const std::string& python_version() const override { return version_; }
  int pid() const override { return 1; }

  size_t waiting() const { return waiting_.size(); }
  const std::vector<SpawnOptions>& options() const { return options_; }
  // Gives the first spawn that waits an interpreter.
  std::shared_ptr<FakeInterpreter::Record> Succeed() {
    auto record = std::make_shared<FakeInterpreter::Record>();
    Take()(std::make_unique<FakeInterpreter>(record));
    return record;
  }
  void Fail(const absl::Status& status) { Take()(status); }

 private:
  Done Take() {
    Done done = std::move(waiting_.front());
    waiting_.pop_front();
    return done;
  }

  const std::string version_ = "3.11.2";
  std::vector<SpawnOptions> options_;
  std::deque<Done> waiting_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_FAKE_INTERPRETERS_H_
