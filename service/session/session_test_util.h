// A session with a fake zygote and fake interpreters; all else is real. Its tests run with stores
// that answer at once, and with stores that answer later.
#ifndef CARREL_SERVICE_SESSION_SESSION_TEST_UTIL_H_
#define CARREL_SERVICE_SESSION_SESSION_TEST_UTIL_H_

#include <unistd.h>

#include <asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/session/fake_interpreters.h"
#include "service/session/session.h"
#include "service/store/later_stores.h"
#include "service/store/memory/memory_execution_store.h"
#include "service/store/memory/memory_session_store.h"

namespace carrel {

class SessionTest : public testing::TestWithParam<bool> {
 protected:
  SessionTest() {
    std::string pattern = testing::TempDir() + "/session.XXXXXX";
    root_ = mkdtemp(pattern.data());
    settings_.max_queue_length = 2;
    settings_.interrupt_grace_period = absl::Seconds(3);
    image_.config.set_name("minimal");
    SessionSpec spec;
    spec.id = "s";
    spec.image = {&image_, &zygote_};
    spec.idle_timeout = absl::Seconds(60);
    spec.limits.set_output_bytes(1 << 20);
    spec.limits.set_display_bytes(1 << 20);
    spec.limits.set_workspace_bytes(1 << 20);
    spec.limits.mutable_execution_timeout()->set_seconds(10);
    const FileOwner owner{geteuid(), getegid()};
    auto workspace = Workspace::Create(root_ + "/s", owner, {}).value();
    auto changes = std::make_unique<WorkspaceChanges>(workspace, nullptr);
    files_ = std::make_shared<SessionFiles>(&pool_, &hashes_, "s", root_ + "/s", workspace,
                                            std::move(changes));
    if (GetParam()) {
      stores_.executions = &later_executions_;
      stores_.sessions = &later_sessions_;
    }
    session_ = std::make_shared<Session>(&loop_, &stores_, &settings_, spec, owner.uid, files_);
  }
  ~SessionTest() override {
    session_.reset();
    pool_.join();
    std::filesystem::remove_all(root_);
  }

  // Runs what is posted, on the loop and on the pool, until the condition holds.
  template <typename Condition>
  testing::AssertionResult Await(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end)
        return testing::AssertionFailure() << "in state " << NameOf(session_->state());
      loop_.context().restart();
      loop_.context().run_for(std::chrono::milliseconds(1));
    }
    return testing::AssertionSuccess();
  }
  testing::AssertionResult AwaitState(SessionState state) {
    return Await([&] { return session_->state() == state; });
  }
  // Calls that the loop's clients make.
  template <typename F>
  void OnLoop(F function) {
    loop_.Post(std::move(function));
    loop_.context().restart();
    loop_.context().poll();
  }

  void Open() {
    OnLoop([this] { session_->Open([this](absl::Status status) { opened_ = status; }); });
  }
  // Opens the session, and returns its first interpreter.
  std::shared_ptr<FakeInterpreter::Record> OpenNow() {
    Open();
    auto interpreter = Spawned();
    EXPECT_EQ(opened_, absl::OkStatus());
    return interpreter;
  }
  std::shared_ptr<FakeInterpreter::Record> Spawned() {
    EXPECT_TRUE(Await([this] { return zygote_.waiting() == 1; }));
    std::shared_ptr<FakeInterpreter::Record> record;
    OnLoop([&] { record = zygote_.Succeed(); });
    return record;
  }
  using Submitted = absl::StatusOr<std::shared_ptr<Execution>>;
  // Call it on the loop. `submitted` is set when the session has answered.
  void SubmitTo(Submitted* submitted, const std::string& id) {
    ExecutionSpec spec;
    spec.id = id;
    spec.code = "print(1)";
    session_->Submit(std::move(spec), [this, submitted](Submitted answer) {
      *submitted = std::move(answer);
      if (submitted->ok()) session_->StartNext();
    });
  }
  Submitted Submit(const std::string& id) {
    Submitted execution;
    OnLoop([&] { SubmitTo(&execution, id); });
    return execution;
  }
  // Has `function` run on the loop when that execution is finished and given to the store; where
  // stores answer later, this one has not answered.
  void OnceStored(const std::string& id, std::function<void()> function) {
    class Watcher : public EventWatcher {
     public:
      explicit Watcher(std::function<void()> on_finished) : on_finished_(std::move(on_finished)) {}
      void OnEvents() override { on_finished_(); }

     private:
      const std::function<void()> on_finished_;
    };
    std::shared_ptr<EventLog> log = session_->executions().FindLive(id)->log();
    log->Add(std::make_shared<Watcher>([this, log = log.get(), id, function] {
      if (!log->closed()) return;
      loop_.AfterCurrent([this, id, function] {
        EXPECT_EQ(session_->executions().FindLive(id), nullptr);
        function();
      });
    }));
  }
  absl::StatusOr<v1::Execution> Search(const std::string& id) {
    absl::StatusOr<v1::Execution> found;
    OnLoop([&] {
      session_->executions().Find(id, [&](absl::StatusOr<v1::Execution> one) { found = one; });
    });
    return found;
  }
  v1::Execution Find(const std::string& id) { return Search(id).value(); }
  ExecutionPage List(int64_t after, int limit) {
    absl::StatusOr<ExecutionPage> page;
    OnLoop([&] { session_->executions().List(after, limit, [&](auto one) { page = one; }); });
    return page.value();
  }
  absl::StatusOr<v1::Execution> Cancel(const std::string& id) {
    absl::StatusOr<v1::Execution> cancelled;
    OnLoop(
        [&] { session_->Cancel(id, [&](absl::StatusOr<v1::Execution> one) { cancelled = one; }); });
    return cancelled;
  }
  absl::Status StartRecording() {
    absl::Status recorded = absl::UnknownError("not answered");
    OnLoop([&] { session_->StartRecording([&](absl::Status status) { recorded = status; }); });
    return recorded;
  }
  absl::StatusOr<SessionRecord> Record() {
    absl::StatusOr<SessionRecord> record;
    sessions_.Get("s", [&](absl::StatusOr<SessionRecord> found) { record = std::move(found); });
    return record;
  }
  testing::AssertionResult AwaitCause(const std::string& id, v1::Execution::Cause cause) {
    return Await([&] { return Find(id).cause() == cause; });
  }
  void Close() {
    OnLoop([this] { session_->Close([this](absl::Status status) { closed_ = status; }); });
  }
  testing::AssertionResult AwaitClosed() {
    return Await([this] { return closed_.has_value(); });
  }

  std::string root_;
  EventLoop loop_{EventLoop::WithoutThread{}};
  asio::thread_pool pool_{1};
  HashQueue hashes_;
  ServerSettings settings_;
  ImageSettings image_;
  FakeZygote zygote_;
  MemoryExecutionStore executions_{10, 1 << 20};
  MemorySessionStore sessions_;
  LaterExecutionStore later_executions_{&loop_, &executions_};
  LaterSessionStore later_sessions_{&loop_, &sessions_};
  std::vector<std::string> images_deleted_;  // As "session/execution".
  SessionStores stores_{&executions_, &sessions_, [this](const ForgottenExecution& forgotten) {
                          images_deleted_.push_back(forgotten.session + "/" + forgotten.id);
                        }};
  std::shared_ptr<SessionFiles> files_;
  std::shared_ptr<Session> session_;
  std::optional<absl::Status> opened_;
  std::optional<absl::Status> closed_;
};

// "AnswerLater" if the stores do.
inline std::string NameOfStores(const testing::TestParamInfo<bool>& later) {
  return later.param ? "AnswerLater" : "AnswerAtOnce";
}

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_TEST_UTIL_H_
