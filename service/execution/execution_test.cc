#include "service/execution/execution.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

std::vector<v1::ExecuteEvent> EventsOf(const EventLog& log) {
  std::vector<v1::ExecuteEvent> events;
  for (EventLog::Found found = log.Get(1); found.event.has_value();
       found = log.Get(found.sequence + 1))
    events.push_back(ToEvent(*found.event));
  return events;
}

class ExecutionTest : public testing::Test {
 protected:
  std::shared_ptr<Execution> Make(int64_t output_bytes = 1 << 20) {
    ExecutionSpec spec;
    spec.session_id = "s";
    spec.id = "e";
    spec.ordinal = 1;
    spec.code = "print(1)";
    spec.timeout = absl::Seconds(2);
    spec.output_bytes = output_bytes;
    spec.display_bytes = 1 << 20;
    spec.max_inline_image_bytes = 1 << 10;
    ImageStore store;
    store.save = [this](DisplayedImage image) { images_.push_back(std::move(image)); };
    store.remove = [this](const std::string& id) { removed_.push_back(id); };
    return std::make_shared<Execution>(&loop_, spec, std::move(store));
  }

  EventLoop loop_{EventLoop::WithoutThread{}};
  std::vector<DisplayedImage> images_;
  std::vector<std::string> removed_;
};

TEST_F(ExecutionTest, StartsWithStartedAndEndsWithFinishedWithoutGaps) {
  auto execution = Make();
  execution->Begin(1, nullptr);
  execution->OnStarted();
  execution->OnOutput(OutputStream::kStdout, "1\n");
  execution->OnOutput(OutputStream::kStderr, "oh\n");
  execution->End(Outcome{});
  execution->Finish({});
  std::vector<v1::ExecuteEvent> events = EventsOf(*execution->log());
  ASSERT_EQ(events.size(), 4u);
  for (size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(events[i].sequence(), static_cast<int64_t>(i + 1));
  EXPECT_EQ(events[0].started().execution(), "sessions/s/executions/e");
  EXPECT_EQ(events[1].stdout().data(), "1\n");
  EXPECT_EQ(events[2].stderr().data(), "oh\n");
  const v1::Execution& finished = events[3].finished().execution();
  EXPECT_EQ(finished.state(), v1::Execution::SUCCEEDED);
  EXPECT_EQ(finished.cause(), v1::Execution::COMPLETED);
  EXPECT_EQ(finished.stdout().total_bytes(), 2);
  EXPECT_TRUE(finished.variables_survived());
  EXPECT_TRUE(execution->log()->closed());
}

TEST_F(ExecutionTest, PassesOnTheFirstOutputAtOnce) {
  auto execution = Make();
  execution->Begin(1, nullptr);
  execution->OnStarted();
  execution->OnOutput(OutputStream::kStdout, "now");
  EXPECT_EQ(EventsOf(*execution->log()).back().stdout().data(), "now");
}

TEST_F(ExecutionTest, PassesOnTheRestWithoutMoreOutput) {
  auto execution = Make();
  execution->OnStarted();
  execution->OnOutput(OutputStream::kStdout, "a");
  execution->OnOutput(OutputStream::kStdout, "b");
  loop_.context().run_for(std::chrono::milliseconds(200));
  EXPECT_EQ(EventsOf(*execution->log()).back().stdout().data(), "b");
}

TEST_F(ExecutionTest, AMillionTinyPrintsAreFewEvents) {
  auto execution = Make(8 << 20);
  execution->OnStarted();
  for (int i = 0; i < 1'000'000; ++i)
    execution->OnOutput(i % 2 == 0 ? OutputStream::kStdout : OutputStream::kStderr, "x");
  execution->End(Outcome{});
  execution->Finish({});
  EXPECT_LT(execution->log()->size(), 10'000);
  int64_t out = 0;
  for (const v1::ExecuteEvent& event : EventsOf(*execution->log())) {
    if (!event.has_stdout()) continue;
    EXPECT_EQ(event.stdout().offset_bytes(), out);
    out += static_cast<int64_t>(event.stdout().data().size());
  }
  EXPECT_EQ(out, 500'000);
}

TEST_F(ExecutionTest, KeepsHeadAndTailOfEndlessOutputWithExactTotals) {
  auto execution = Make(10);
  execution->OnStarted();
  for (int i = 0; i < 1000; ++i) execution->OnOutput(OutputStream::kStdout, "abcd");
  execution->End(Outcome{});
  execution->Finish({});
  std::string kept;
  int64_t end = 0;
  for (const v1::ExecuteEvent& event : EventsOf(*execution->log())) {
    if (!event.has_stdout()) continue;
    kept += event.stdout().data();
    end = event.stdout().offset_bytes() + static_cast<int64_t>(event.stdout().data().size());
  }
  EXPECT_EQ(kept, "abcdadabcd");
  EXPECT_EQ(end, 4000);
  EXPECT_EQ(execution->proto().stdout().total_bytes(), 4000);
  EXPECT_EQ(execution->proto().stdout().dropped_bytes(), 3990);
}

TEST_F(ExecutionTest, TheErrorComesAfterAllOutput) {
  auto execution = Make(4);
  execution->OnStarted();
  execution->OnOutput(OutputStream::kStdout, "abcdefgh");
  execution->OnException({"ValueError", "bad \xFF", "Traceback"});
  Outcome outcome;
  outcome.status = Outcome::Status::kException;
  execution->End(outcome);
  execution->Finish({});
  std::vector<v1::ExecuteEvent> events = EventsOf(*execution->log());
  const v1::ExecuteEvent& error = events[events.size() - 2];
  ASSERT_TRUE(error.has_error());
  EXPECT_EQ(error.error().message(), "bad \xEF\xBF\xBD");
  EXPECT_EQ(execution->proto().error().type(), "ValueError");
}

TEST_F(ExecutionTest, ADisplayComesAfterThePrintBeforeIt) {
  auto execution = Make();
  execution->OnStarted();
  execution->OnOutput(OutputStream::kStdout, "first");
  execution->OnOutput(OutputStream::kStdout, "second");
  DisplayBundle bundle;
  bundle.data.push_back({"text/plain", "third", 5, false});
  execution->OnDisplay(bundle);
  std::vector<v1::ExecuteEvent> events = EventsOf(*execution->log());
  EXPECT_EQ(events[events.size() - 2].stdout().data(), "second");
  EXPECT_EQ(events.back().display().data(0).text(), "third");
}

TEST_F(ExecutionTest, BoundsTheNumberOfDisplaysButNeverLosesTheResult) {
  auto execution = Make();
  execution->OnStarted();
  DisplayBundle bundle;
  bundle.data.push_back({"text/plain", "x", 1, false});
  for (int i = 0; i < 5000; ++i) execution->OnDisplay(bundle);
  bundle.is_result = true;
  execution->OnDisplay(bundle);
  execution->End(Outcome{});
  execution->Finish({});
  std::vector<v1::ExecuteEvent> events = EventsOf(*execution->log());
  EXPECT_LT(events.size(), 1100u);
  EXPECT_TRUE(events[events.size() - 2].has_result());
  EXPECT_NE(execution->proto().message().find("displays were dropped"), std::string::npos);
}

TEST_F(ExecutionTest, ADisplayedImageIsAnArtifactWithItsHash) {
  auto execution = Make();
  execution->OnStarted();
  DisplayBundle bundle;
  bundle.data.push_back({"image/png", std::string(2000, 'x'), 2000, false});
  execution->OnDisplay(bundle);
  ASSERT_EQ(images_.size(), 1u);
  EXPECT_EQ(images_[0].id, "1.png");
  execution->OnImageSaved("1.png", "abc");
  execution->End(Outcome{});
  execution->Finish({});
  ASSERT_EQ(execution->proto().artifacts_size(), 1);
  EXPECT_EQ(execution->proto().artifacts(0).name(), "sessions/s/executions/e/images/1.png");
  EXPECT_EQ(execution->proto().artifacts(0).sha256(), "abc");
  EXPECT_EQ(execution->proto().artifacts(0).change(), v1::Artifact::DISPLAYED);
}

TEST_F(ExecutionTest, OneThatNeverRanHasStartedAndFinishedOnly) {
  auto execution = Make();
  execution->Abandon(v1::Execution::CANCELLED_BY_CALLER, "Cancelled.");
  execution->Finish({});
  std::vector<v1::ExecuteEvent> events = EventsOf(*execution->log());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].has_started());
  const v1::Execution& finished = events[1].finished().execution();
  EXPECT_EQ(finished.state(), v1::Execution::CANCELLED);
  EXPECT_EQ(finished.ending(), v1::Execution::NOT_STARTED);
  EXPECT_FALSE(finished.has_start_time());
}

}  // namespace
}  // namespace carrel
