// Tests of clear_output(): the events that an execution keeps when its code takes output back.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "service/execution/execution.h"

namespace carrel {
namespace {

constexpr size_t kMany = 20'000;

DisplayBundle Text(const std::string& text, const std::string& id = "", bool update = false) {
  DisplayBundle bundle;
  bundle.data.push_back({"text/plain", text, static_cast<int64_t>(text.size()), false});
  bundle.display_id = id;
  bundle.update = update;
  return bundle;
}

DisplayBundle Image(size_t bytes) {
  DisplayBundle bundle;
  bundle.data.push_back({"image/png", std::string(bytes, 'x'), static_cast<int64_t>(bytes), false});
  return bundle;
}

class ClearOutputTest : public testing::Test {
 protected:
  ClearOutputTest() {
    ExecutionSpec spec;
    spec.session_id = "s";
    spec.id = "e";
    spec.output_bytes = 1 << 20;
    spec.display_bytes = 1 << 20;
    spec.max_inline_image_bytes = 1 << 10;
    ImageStore store;
    store.save = [this](const DisplayedImage& image) { saving_.push_back(image.id); };
    store.remove = [this](const std::string& id) { removed_.push_back(id); };
    execution_ = std::make_shared<Execution>(&loop_, spec, std::move(store));
    execution_->OnStarted();
  }

  void Print(const std::string& text) { execution_->OnOutput(OutputStream::kStdout, text); }
  void Save() {
    for (const std::string& id : std::exchange(saving_, {})) execution_->OnImageSaved(id, "hash");
  }
  const v1::Execution& End(const Outcome& outcome = {}) {
    execution_->End(outcome);
    execution_->Finish({});
    return execution_->proto();
  }
  // Returns the events that a new watcher reads, in a word each.
  std::vector<std::string> Said() {
    std::vector<std::string> said;
    EventLog& log = *execution_->log();
    for (EventLog::Found one = log.Get(1); one.event; one = log.Get(one.sequence + 1)) {
      const v1::ExecuteEvent event = ToEvent(*one.event);
      if (event.has_stdout()) said.push_back(event.stdout().data());
      if (event.has_display()) said.push_back(event.display().data(0).text());
      if (event.has_result()) said.push_back("= " + event.result().data(0).text());
      if (event.has_clear()) said.push_back(event.clear().wait() ? "replace" : "clear");
      if (event.has_error()) said.push_back("error");
    }
    return said;
  }

  EventLoop loop_{EventLoop::WithoutThread{}};
  std::vector<std::string> saving_, removed_;
  std::shared_ptr<Execution> execution_;
};

using Words = std::vector<std::string>;

TEST_F(ClearOutputTest, TakesBackAllThatCameBefore) {
  Print("text");
  execution_->OnDisplay(Text("display"));
  EXPECT_EQ(execution_->OnClear(false), 0);
  EXPECT_EQ(Said(), (Words{"clear"}));
  Print("more");
  EXPECT_EQ(End().stdout().total_bytes(), 8);
  EXPECT_EQ(execution_->proto().stdout().cleared_bytes(), 4);
  EXPECT_EQ(execution_->proto().stdout().dropped_bytes(), 0);
  EXPECT_EQ(Said(), (Words{"clear", "more"}));
}

TEST_F(ClearOutputTest, WaitsForTheNextOutputIfItIsTo) {
  execution_->OnDisplay(Text("display"));
  execution_->OnClear(true);
  execution_->OnDisplay(Text("update", "d", true));
  EXPECT_EQ(Said(), (Words{"display", "update"}));
  execution_->OnDisplay(Text("other"));
  EXPECT_EQ(Said(), (Words{"replace", "other"}));
  execution_->OnClear(true);
  EXPECT_EQ(End().stdout().cleared_bytes(), 0);
  EXPECT_EQ(Said(), (Words{"replace", "other"}));
}

TEST_F(ClearOutputTest, AnErrorIsOutputThatItWaitsFor) {
  Print("text");
  execution_->OnClear(true);
  execution_->OnException({"ValueError", "", ""});
  Outcome outcome;
  outcome.status = Outcome::Status::kException;
  End(outcome);
  EXPECT_EQ(Said(), (Words{"replace", "error"}));
}

TEST_F(ClearOutputTest, WithNothingToTakeBackItIsNoEvent) {
  for (size_t i = 0; i < kMany; ++i) execution_->OnClear(i % 2 == 0);
  Print("text");
  for (size_t i = 0; i < kMany; ++i) execution_->OnClear(true);
  EXPECT_EQ(Said(), (Words{"text"}));
  for (size_t i = 0; i < kMany; ++i) execution_->OnClear(false);
  EXPECT_EQ(Said(), (Words{"clear"}));
  EXPECT_LT(execution_->log()->last_sequence(), 5);
}

TEST_F(ClearOutputTest, TextThatWasNeverAnEventIsTakenBackToo) {
  Print("first");
  Print("held back");
  execution_->OnClear(false);
  Print("more");
  const v1::Execution& ended = End();
  EXPECT_EQ(Said(), (Words{"clear", "more"}));
  EXPECT_EQ(ended.stdout().cleared_bytes(), 14);
}

TEST_F(ClearOutputTest, TheLastOfManyFramesIsThereWithoutLimit) {
  int64_t most = 0;
  for (size_t i = 1; i <= kMany; ++i) {
    execution_->OnClear(true);
    Print("step " + std::to_string(i));
    EXPECT_LE(execution_->OnDisplay(Text(std::to_string(i) + std::string(500, '.'))), 1200);
    most = std::max(most, execution_->log()->byte_size());
  }
  const v1::Execution& ended = End();
  ASSERT_EQ(Said().size(), 3u);
  EXPECT_EQ(Said()[0], "replace");
  EXPECT_EQ(Said()[1], "step " + std::to_string(kMany));
  EXPECT_EQ(Said()[2].substr(0, 6), std::to_string(kMany) + ".");
  EXPECT_EQ(ended.message().find("dropped"), std::string::npos);
  EXPECT_LT(most, 4000);
  // A few thousand at most become events; the rest was replaced while it was held back.
  EXPECT_LT(execution_->log()->last_sequence(), 10'000);
}

TEST_F(ClearOutputTest, FramesOfACrowdAreShownNowAndThen) {
  for (size_t i = 0; i < kMany; ++i) {
    execution_->OnClear(true);
    execution_->OnDisplay(Text(std::to_string(i)));
  }
  const int64_t before = execution_->log()->last_sequence();
  loop_.context().run_for(std::chrono::milliseconds(700));
  EXPECT_EQ(Said(), (Words{"replace", std::to_string(kMany - 1)}));
  EXPECT_EQ(execution_->log()->last_sequence(), before + 2);
}

TEST_F(ClearOutputTest, ACrowdKeepsTheOrderOfTextAndDisplays) {
  for (size_t i = 0; i < kMany; ++i) {
    execution_->OnDisplay(Text("x"));
    execution_->OnClear(false);
  }
  Print("a");
  execution_->OnDisplay(Text("b"));
  Print("c");
  execution_->OnDisplay(Text("d", "id", true));
  execution_->OnDisplay(Text("e", "id", true));
  Print("f");
  EXPECT_EQ(execution_->OnDisplay(Text("g")), 3);
  End();
  EXPECT_EQ(Said(), (Words{"clear", "a", "b", "c", "e", "f", "g"}));
}

TEST_F(ClearOutputTest, OfManyUpdatesTheLastIsThere) {
  execution_->OnDisplay(Text("first", "d"));
  execution_->OnDisplay(Text("other", "e", true));
  int64_t most = 0;
  for (size_t i = 1; i <= kMany; ++i) {
    EXPECT_LE(execution_->OnDisplay(Text(std::to_string(i), "d", true)), 20);
    most = std::max(most, execution_->log()->byte_size());
  }
  EXPECT_EQ(End().message(), "Completed.");
  EXPECT_EQ(Said(), (Words{"first", "other", std::to_string(kMany)}));
  EXPECT_LT(most, 1000);
  EXPECT_LT(execution_->log()->last_sequence(), 5000);
}

TEST_F(ClearOutputTest, CountsAreOfWhatIsShown) {
  for (int i = 0; i < 2000; ++i) execution_->OnDisplay(Text("x"));
  execution_->OnClear(false);
  for (int i = 0; i < 1024; ++i) execution_->OnDisplay(Text("y"));
  EXPECT_EQ(End().message(), "Completed.");
  EXPECT_EQ(Said().size(), 1025u);
}

TEST_F(ClearOutputTest, OutputThatIsClearedMakesRoomForMore) {
  for (int i = 0; i < 10; ++i) {
    execution_->OnClear(false);
    Print(std::string(3 << 20, 'x'));
  }
  execution_->OnClear(false);
  Print("the end");
  EXPECT_EQ(End().stdout().dropped_bytes(), 0);
  EXPECT_EQ(Said(), (Words{"clear", "the end"}));
}

TEST_F(ClearOutputTest, ImagesThatAreClearedAreNoArtifacts) {
  execution_->OnDisplay(Image(2000));
  execution_->OnDisplay(Image(3000));
  Save();
  EXPECT_EQ(execution_->OnClear(true), 0);
  EXPECT_EQ(removed_, Words{});
  execution_->OnDisplay(Image(10));
  Save();
  EXPECT_EQ(removed_, (Words{"1.png", "2.png"}));
  const v1::Execution& ended = End();
  ASSERT_EQ(ended.artifacts_size(), 1);
  EXPECT_EQ(ended.artifacts(0).name(), "sessions/s/executions/e/images/3.png");
  EXPECT_FALSE(ended.artifacts_truncated());
}

TEST_F(ClearOutputTest, AnImageCountsUntilItIsSavedEvenIfItIsCleared) {
  execution_->OnDisplay(Image(2000));
  EXPECT_EQ(execution_->OnClear(false), 2000);
  EXPECT_EQ(execution_->OnDisplay(Text("x")), 2001);
  Save();
  EXPECT_EQ(removed_, (Words{"1.png"}));
  EXPECT_EQ(execution_->OnClear(false), 0);
  EXPECT_EQ(End().artifacts_size(), 0);
}

TEST_F(ClearOutputTest, NoMoreImagesAreBeingSavedThanAreKept) {
  for (int i = 0; i < 2000; ++i) {
    execution_->OnDisplay(Image(10));
    execution_->OnClear(false);
  }
  EXPECT_EQ(saving_.size(), 256u);
  Save();
  EXPECT_EQ(removed_.size(), 256u);
  EXPECT_FALSE(End().artifacts_truncated());
}

TEST_F(ClearOutputTest, AnImageThatIsUpdatedIsRemoved) {
  for (int i = 0; i < 300; ++i) {
    DisplayBundle bundle = Image(10);
    bundle.display_id = "d";
    bundle.update = true;
    execution_->OnDisplay(bundle);
    Save();
  }
  ASSERT_EQ(End().artifacts_size(), 1);
  EXPECT_EQ(execution_->proto().artifacts(0).name(), "sessions/s/executions/e/images/300.png");
  EXPECT_EQ(removed_.size(), 299u);
}

TEST_F(ClearOutputTest, WhatWasLostBetweenCellsIsTold) {
  LateLoss loss;
  loss.displays = 3;
  loss.output_bytes = 12;
  execution_->OnLateLoss(loss);
  EXPECT_EQ(End().message(),
            "Completed. 3 displays from between the cells were dropped. "
            "12 bytes that were printed between the cells were dropped.");
}

TEST_F(ClearOutputTest, WhatGrowsWhenItIsMadeTextCountsAsItIsThen) {
  EXPECT_GE(execution_->OnDisplay(Text(std::string(10'000, '\xff'))), 29'000);
}

TEST_F(ClearOutputTest, BytesBetweenUpdatesThatAreGoneAreNotAnEventEach) {
  const auto print_and_update = [&](int i) {
    Print("x");
    execution_->OnOutput(OutputStream::kStderr, "y");
    execution_->OnDisplay(Text("1", "d" + std::to_string(i % 3), true));
  };
  for (int i = 0; i < 4096; ++i) print_and_update(i);
  const int64_t crowd = execution_->log()->size();
  for (size_t i = 0; i < kMany; ++i) print_and_update(static_cast<int>(i));
  End();
  EXPECT_LT(execution_->log()->size(), crowd + 1000);
  std::string printed;
  for (const std::string& one : Said())
    if (one[0] == 'x') printed += one;
  EXPECT_EQ(printed.size(), kMany + 4096);
}

TEST_F(ClearOutputTest, BytesBetweenVeryManyUpdatesAreNotAnEventEach) {
  constexpr int kDisplays = 1000;
  const auto grown_by_round = [&] {
    const int64_t before = execution_->log()->size();
    for (int i = 0; i < kDisplays; ++i) {
      Print("x");
      execution_->OnDisplay(Text("1", "d" + std::to_string(i), true));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // Emits held output.
    return execution_->log()->size() - before;
  };
  for (int i = 0; i < 4; ++i) grown_by_round();
  EXPECT_GT(grown_by_round(), kDisplays / 2);
  for (int i = 0; i < 5; ++i) grown_by_round();
  EXPECT_LT(grown_by_round(), 20);
}

}  // namespace
}  // namespace carrel
