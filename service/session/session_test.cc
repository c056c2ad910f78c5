// A session with a fake zygote and fake interpreters; all else is real. Each test runs with stores
// that answer at once, and with stores that answer later.
#include "service/session/session.h"

#include <unistd.h>

#include <asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/session/fake_interpreters.h"
#include "service/store/later_stores.h"
#include "service/store/memory/memory_execution_store.h"
#include "service/store/memory/memory_session_store.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kDeath[] = "The interpreter was killed by SIGSEGV.";

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

TEST_P(SessionTest, IsOpenWhenItsInterpreterIsReady) {
  Open();
  EXPECT_FALSE(opened_.has_value());
  EXPECT_FALSE(session_->ready());
  ASSERT_EQ(zygote_.waiting(), 1u);
  EXPECT_EQ(zygote_.options()[0].workspace, "s/files");
  OnLoop([this] { zygote_.Succeed(); });
  EXPECT_EQ(opened_, absl::OkStatus());
  EXPECT_TRUE(session_->ready());
  EXPECT_EQ(session_->ToProto().state(), v1::Session::IDLE);
  EXPECT_EQ(session_->ToProto().generation(), 1);
}

TEST_P(SessionTest, ARefusedSpawnIsRepeatedAndAFailedOneIsReported) {
  Open();
  OnLoop([this] { zygote_.Fail(absl::UnavailableError("the zygote is being replaced")); });
  EXPECT_FALSE(opened_.has_value());
  ASSERT_TRUE(Await([this] { return zygote_.waiting() == 1; }));
  OnLoop([this] { zygote_.Fail(absl::InternalError("confinement failed at chroot")); });
  ASSERT_TRUE(opened_.has_value());
  EXPECT_TRUE(absl::IsInternal(*opened_));
  EXPECT_THAT(opened_->message(), HasSubstr("chroot"));
  Close();
  EXPECT_TRUE(AwaitClosed());
}

TEST_P(SessionTest, CellsRunOneByOneInTheirOrder) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  ASSERT_TRUE(Submit("b").ok());
  EXPECT_TRUE(interpreter->interpreter->running());
  EXPECT_EQ(session_->ToProto().pending_execution_count(), 2);
  EXPECT_EQ(session_->ToProto().state(), v1::Session::RUNNING);
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitCause("a", v1::Execution::COMPLETED));
  ASSERT_TRUE(AwaitState(SessionState::kRunning));
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitCause("b", v1::Execution::COMPLETED));
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  EXPECT_EQ(List(0, 10).executions.size(), 2u);
  EXPECT_EQ(List(0, 10).last, 2);
  EXPECT_FALSE(List(0, 10).more);
  EXPECT_TRUE(List(0, 1).more);
}

TEST_P(SessionTest, AFullQueueAndAKnownIdAreRefused) {
  OpenNow();
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(Submit(id).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Submit("a").status()));
  EXPECT_TRUE(absl::IsAlreadyExists(Submit("c").status()));
  EXPECT_TRUE(absl::IsResourceExhausted(Submit("d").status()));
}

TEST_P(SessionTest, AnIdThatIsRememberedIsRefused) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  EXPECT_TRUE(absl::IsAlreadyExists(Submit("a").status()));
  EXPECT_TRUE(Submit("").ok());
}

TEST_P(SessionTest, OfTwoCellsWithOneIdThatComeTogetherOneIsAccepted) {
  auto interpreter = OpenNow();
  Submitted first, second;
  OnLoop([&] {
    SubmitTo(&first, "a");
    SubmitTo(&second, "a");
  });
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_EQ(session_->executions().pending_count(), 1);
}

TEST_P(SessionTest, CellsRunInTheOrderOfSubmissionThoughOneIdIsLookedUp) {
  OpenNow();
  Submitted chosen, generated;
  OnLoop([&] {
    SubmitTo(&chosen, "chosen");
    SubmitTo(&generated, "");
  });
  ASSERT_TRUE(chosen.ok());
  ASSERT_TRUE(generated.ok());
  EXPECT_EQ((*chosen)->spec().ordinal, 1);
  EXPECT_EQ((*generated)->spec().ordinal, 2);
  EXPECT_EQ(session_->executions().current(), *chosen);
}

TEST_P(SessionTest, AnExecutionIsFoundWhileItIsBeingStored) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  absl::StatusOr<v1::Execution> found = absl::UnknownError("not answered");
  absl::StatusOr<ExecutionPage> before, after;
  OnceStored("a", [&] {
    session_->executions().Find("a", [&](auto one) { found = std::move(one); });
    session_->executions().List(0, 9, [&](auto page) { after = std::move(page); });
  });
  OnLoop([&] {
    session_->executions().List(0, 9, [&](auto page) { before = std::move(page); });
    interpreter->interpreter->End();
  });
  ASSERT_TRUE(Await([&] { return found.ok(); }));
  EXPECT_EQ(found->cause(), v1::Execution::COMPLETED);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->executions.size(), 1u);
  EXPECT_EQ(after->executions.size(), 1u);
}

TEST_P(SessionTest, ImagesOfForgottenExecutionsAreDeletedWhoseverTheyAre) {
  auto interpreter = OpenNow();
  executions_.Put("s", StoredExecution("with", -2, true, ""), [](const auto&) {});
  executions_.Put("s", StoredExecution("without", -1, false, ""), [](const auto&) {});
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(Submit("").ok());
    OnLoop([&] { interpreter->interpreter->End(); });
    ASSERT_TRUE(AwaitState(SessionState::kIdle));
  }
  EXPECT_THAT(images_deleted_, ElementsAre("s/with"));
}

TEST_P(SessionTest, ItsRecordIsWrittenWhenItIsMadeAndWhenItChanges) {
  auto interpreter = OpenNow();
  EXPECT_TRUE(absl::IsNotFound(Record().status())) << "nobody knows it yet";
  EXPECT_EQ(StartRecording(), absl::OkStatus());
  EXPECT_EQ(Record()->image, "minimal");
  EXPECT_EQ(Record()->generation, 1);
  EXPECT_EQ(Record()->uid, geteuid());
  EXPECT_EQ(Record()->directory, "s");
  v1::Session from;
  (*from.mutable_labels())["team"] = "blue";
  absl::Status updated = absl::UnknownError("not answered");
  OnLoop([&] {
    session_->Update({"labels"}, from, {}, [&](absl::Status status) { updated = status; });
  });
  EXPECT_EQ(updated, absl::OkStatus());
  EXPECT_EQ(Record()->labels.at("team"), "blue");
  OnLoop([&] { interpreter->interpreter->Die(kDeath); });
  EXPECT_EQ(Record()->generation, 2);
  EXPECT_EQ(Record()->last_loss.message(), kDeath);
  Close();
  ASSERT_TRUE(AwaitClosed());
  EXPECT_TRUE(absl::IsNotFound(Record().status()));
}

TEST_P(SessionTest, ADeathIsToldOnceAndTheNextCellStartsAnotherInterpreter) {
  auto first = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  OnLoop([&] { first->interpreter->Die(kDeath); });
  ASSERT_TRUE(AwaitState(SessionState::kCold));
  EXPECT_EQ(first->interpreter, nullptr);
  EXPECT_EQ(Find("a").state(), v1::Execution::FAILED);
  EXPECT_EQ(session_->ToProto().generation(), 2);
  EXPECT_EQ(session_->ToProto().last_loss().execution(), "sessions/s/executions/a");
  EXPECT_EQ(session_->ToProto().last_loss().message(), kDeath);
  EXPECT_EQ(zygote_.waiting(), 0u);

  ASSERT_TRUE(Submit("b").ok());
  auto second = Spawned();
  ASSERT_TRUE(AwaitState(SessionState::kRunning));
  OnLoop([&] { second->interpreter->End(); });
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  EXPECT_EQ(Find("b").generation(), 2);
}

TEST_P(SessionTest, AnInterpreterThatDiesBetweenCellsIsALossOfNoExecution) {
  auto interpreter = OpenNow();
  OnLoop([&] { interpreter->interpreter->Die(kDeath); });
  EXPECT_EQ(session_->state(), SessionState::kCold);
  EXPECT_FALSE(session_->ready());
  EXPECT_EQ(session_->ToProto().last_loss().execution(), "");
  EXPECT_EQ(session_->ToProto().last_loss().generation(), 1);
}

TEST_P(SessionTest, ACellThatComesWhileTheInterpreterDiesRunsInTheNextOne) {
  auto dying = OpenNow();
  OnLoop([&] { dying->interpreter->StartDying(); });
  ASSERT_TRUE(Submit("a").ok());
  EXPECT_EQ(session_->state(), SessionState::kAwaitingDeath);
  EXPECT_EQ(zygote_.waiting(), 0u);
  OnLoop([&] { dying->interpreter->Die(); });
  auto next = Spawned();
  ASSERT_TRUE(AwaitState(SessionState::kRunning));
  EXPECT_EQ(next->code, "print(1)");
}

TEST_P(SessionTest, CancellingInterruptsTheRunningCellAndRemovesAWaitingOne) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("running").ok());
  ASSERT_TRUE(Submit("waiting").ok());
  EXPECT_EQ(Cancel("waiting")->cause(), v1::Execution::CANCELLED_BY_CALLER);
  EXPECT_EQ(Cancel("running")->state(), v1::Execution::RUNNING);
  EXPECT_TRUE(absl::IsNotFound(Cancel("unknown").status()));
  EXPECT_THAT(interpreter->interrupts, ElementsAre(StopReason::kCancelled));
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  EXPECT_EQ(session_->executions().pending_count(), 0);
}

TEST_P(SessionTest, ACellThatIsCancelledWhileAnInterpreterStartsMakesRoomForTheNext) {
  auto interpreter = OpenNow();
  OnLoop([&] { interpreter->interpreter->Die(); });
  ASSERT_TRUE(Submit("a").ok());
  ASSERT_TRUE(Submit("b").ok());
  EXPECT_TRUE(Cancel("a").ok());
  EXPECT_EQ(Find("a").cause(), v1::Execution::CANCELLED_BY_CALLER);
  Spawned();
  ASSERT_TRUE(AwaitState(SessionState::kRunning));
  EXPECT_EQ(session_->executions().current()->spec().id, "b");
}

TEST_P(SessionTest, WithoutAnInterpreterEachWaitingCellHasItsOwnAttempt) {
  auto interpreter = OpenNow();
  OnLoop([&] { interpreter->interpreter->Die(); });
  ASSERT_TRUE(Submit("a").ok());
  ASSERT_TRUE(Submit("b").ok());
  ASSERT_TRUE(Await([this] { return zygote_.waiting() == 1; }));
  OnLoop([this] { zygote_.Fail(absl::InternalError("no memory")); });
  EXPECT_EQ(Find("a").cause(), v1::Execution::SERVER_ERROR);
  EXPECT_THAT(Find("a").message(), HasSubstr("no memory"));
  Spawned();
  EXPECT_TRUE(AwaitState(SessionState::kRunning));
}

TEST_P(SessionTest, FilesOfCallersAreNoArtifactsOfTheCell) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  for (const char* name : {"/s/files/guest.txt", "/s/files/caller.txt"})
    std::ofstream(root_ + name) << "x";
  OnLoop([&] {
    interpreter->interpreter->End();
    session_->RecordWrite(
        files_->workspace()->Stat(WorkspacePath::Parse("caller.txt").value()).value());
  });
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  ASSERT_EQ(Find("a").artifacts_size(), 1);
  EXPECT_EQ(Find("a").artifacts(0).path(), "guest.txt");
}

TEST_P(SessionTest, ExpiresWhenItIsIdleAndNotWhileItIsBusy) {
  auto interpreter = OpenNow();
  const absl::Time idle = session_->ExpireTime();
  EXPECT_LE(idle, absl::Now() + absl::Seconds(60));
  ASSERT_TRUE(Submit("a").ok());
  EXPECT_EQ(session_->ExpireTime(), absl::InfiniteFuture());
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitState(SessionState::kIdle));
  EXPECT_GT(session_->ExpireTime(), idle);
  std::shared_ptr<void> transfer = session_->KeepBusy();
  EXPECT_EQ(session_->ExpireTime(), absl::InfiniteFuture());
  transfer.reset();
  EXPECT_TRUE(Await([this] { return session_->ExpireTime() < absl::InfiniteFuture(); }));
}

// ---------------------------------------------------------------------- deleting

TEST_P(SessionTest, ClosingAnIdleSessionKillsAndDeletes) {
  auto interpreter = OpenNow();
  Close();
  EXPECT_THAT(interpreter->kills, ElementsAre(StopReason::kSessionDeleted));
  EXPECT_EQ(session_->ToProto().state(), v1::Session::DELETING);
  EXPECT_FALSE(closed_.has_value());
  EXPECT_TRUE(std::filesystem::exists(root_ + "/s"));
  EXPECT_TRUE(absl::IsNotFound(Submit("late").status()));
  OnLoop([&] { interpreter->interpreter->Die(); });
  ASSERT_TRUE(AwaitClosed());
  EXPECT_EQ(*closed_, absl::OkStatus());
  EXPECT_EQ(interpreter->interpreter, nullptr);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/s"));
}

TEST_P(SessionTest, ClosingEndsTheRunningCellAndTheQueue) {
  auto interpreter = OpenNow();
  auto running = Submit("running").value();
  auto waiting = Submit("waiting").value();
  Close();
  EXPECT_EQ(waiting->proto().cause(), v1::Execution::SESSION_DELETED);
  OnLoop([&] {
    Outcome outcome;
    outcome.status = Outcome::Status::kDied;
    outcome.death.killed_by_host = true;
    outcome.death.reason = StopReason::kSessionDeleted;
    interpreter->interpreter->End(outcome);
  });
  ASSERT_TRUE(AwaitClosed());
  EXPECT_EQ(running->proto().cause(), v1::Execution::SESSION_DELETED);
  EXPECT_TRUE(running->log()->closed());
  EXPECT_TRUE(absl::IsNotFound(Search("running").status()));
}

TEST_P(SessionTest, ClosingWhileAnInterpreterStartsKillsItWhenItIsThere) {
  Open();
  Close();
  EXPECT_FALSE(closed_.has_value());
  std::shared_ptr<FakeInterpreter::Record> interpreter;
  OnLoop([&] { interpreter = zygote_.Succeed(); });
  EXPECT_FALSE(opened_.has_value());
  EXPECT_THAT(interpreter->kills, ElementsAre(StopReason::kSessionDeleted));
  OnLoop([&] { interpreter->interpreter->Die(); });
  EXPECT_TRUE(AwaitClosed());
}

TEST_P(SessionTest, ClosingWhileAnAttemptIsToBeRepeatedDoesNotWaitForIt) {
  Open();
  OnLoop([this] { zygote_.Fail(absl::UnavailableError("later")); });
  Close();
  EXPECT_TRUE(AwaitClosed());
  EXPECT_EQ(zygote_.waiting(), 0u);
}

TEST_P(SessionTest, ClosingDuringTheScanWaitsForBothItAndTheDeath) {
  auto interpreter = OpenNow();
  auto execution = Submit("a").value();
  std::ofstream(root_ + "/s/files/new.txt") << "x";
  OnLoop([&] {
    interpreter->interpreter->End();
    session_->Close([this](absl::Status status) { closed_ = status; });
    EXPECT_EQ(session_->state(), SessionState::kClosingScanning);
  });
  ASSERT_TRUE(AwaitState(SessionState::kClosingIdle));
  EXPECT_EQ(execution->proto().cause(), v1::Execution::COMPLETED);
  OnLoop([&] { interpreter->interpreter->Die(); });
  EXPECT_TRUE(AwaitClosed());
}

TEST_P(SessionTest, ClosingWhileAnExecutionIsBeingStoredForgetsIt) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  OnceStored("a", [&] { session_->Close([this](absl::Status status) { closed_ = status; }); });
  OnLoop([&] { interpreter->interpreter->End(); });
  ASSERT_TRUE(AwaitState(SessionState::kClosingIdle));
  OnLoop([&] { interpreter->interpreter->Die(); });
  ASSERT_TRUE(AwaitClosed());
  EXPECT_EQ(*closed_, absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(Search("a").status()));
}

TEST_P(SessionTest, ClosingWhileAnIdIsLookedUpRefusesTheCell) {
  auto interpreter = OpenNow();
  Submitted submitted;
  OnLoop([&] {
    SubmitTo(&submitted, "a");
    session_->Close([this](absl::Status status) { closed_ = status; });
  });
  // With a store that answers at once, the cell runs before the session is closed.
  if (GetParam()) {
    EXPECT_TRUE(absl::IsNotFound(submitted.status()));
    EXPECT_EQ(session_->executions().pending_count(), 0);
  }
  OnLoop([&] { interpreter->interpreter->Die(); });
  EXPECT_TRUE(AwaitClosed());
}

TEST_P(SessionTest, ClosingAColdSessionDeletesAtOnce) {
  auto interpreter = OpenNow();
  OnLoop([&] { interpreter->interpreter->Die(); });
  Close();
  EXPECT_TRUE(AwaitClosed());
  EXPECT_THAT(interpreter->kills, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, SessionTest, testing::Bool(), [](const auto& later) {
  return later.param ? "AnswerLater" : "AnswerAtOnce";
});

}  // namespace
}  // namespace carrel
