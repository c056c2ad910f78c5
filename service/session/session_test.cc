#include "service/session/session.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "service/session/session_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kDeath[] = "The interpreter was killed by SIGSEGV.";

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

TEST_P(SessionTest, ClosingAColdSessionDeletesAtOnce) {
  auto interpreter = OpenNow();
  OnLoop([&] { interpreter->interpreter->Die(); });
  Close();
  EXPECT_TRUE(AwaitClosed());
  EXPECT_THAT(interpreter->kills, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Stores, SessionTest, testing::Bool(), NameOfStores);

}  // namespace
}  // namespace carrel
