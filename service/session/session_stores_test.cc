// The calls by which a session uses its stores, also while they have not answered.
#include "service/session/session_stores.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/session/session_test_util.h"

namespace carrel {
namespace {

using testing::ElementsAre;

constexpr char kDeath[] = "The interpreter was killed by SIGSEGV.";

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

TEST_P(SessionTest, AnIdThatIsLiveWhenItIsSubmittedAgainIsRefusedThoughItEndsMeanwhile) {
  auto interpreter = OpenNow();
  ASSERT_TRUE(Submit("a").ok());
  Submitted second;
  OnLoop([&] {
    SubmitTo(&second, "a");
    interpreter->interpreter->End();
    // Meanwhile the scan of the workspace ends, so that the execution is finished and stored after
    // the store was asked for the id and before it has answered.
    absl::SleepFor(absl::Milliseconds(200));
  });
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
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

INSTANTIATE_TEST_SUITE_P(Stores, SessionTest, testing::Bool(), NameOfStores);

}  // namespace
}  // namespace carrel
