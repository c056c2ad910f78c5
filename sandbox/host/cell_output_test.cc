#include "sandbox/host/cell_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Sink : public CellSink {
 public:
  void OnStarted() override {}
  void OnLasting() override {}
  void OnOutput(OutputStream, std::string bytes) override { seen.push_back(std::move(bytes)); }
  int64_t OnDisplay(DisplayBundle bundle) override {
    seen.push_back(bundle.data[0].dropped ? "dropped" : bundle.data[0].data);
    return kept += bundle.data[0].dropped ? 0 : bundle.data[0].size_bytes;
  }
  int64_t OnClear(bool wait) override {
    seen.push_back(wait ? "clear later" : "clear");
    return kept = 0;
  }
  void OnLateLoss(const LateLoss&) override {}
  void OnException(PythonException) override {}
  void OnRefusedCall(const std::string&) override {}

  std::vector<std::string> seen;
  int64_t kept = 0;
};

internal::GuestFrame Display(const std::string& data) {
  internal::GuestFrame frame;
  frame.mutable_display()->set_mime_type("text/plain");
  frame.mutable_display()->set_data(data);
  frame.mutable_display()->set_last(true);
  return frame;
}

internal::GuestFrame Stream(const std::string& text) {
  internal::GuestFrame frame;
  frame.mutable_stream()->set_text(text);
  return frame;
}

internal::GuestFrame Clear() {
  internal::GuestFrame frame;
  frame.mutable_clear();
  return frame;
}

TEST(CellOutput, GoesToTheRunningCell) {
  CellOutput output;
  Sink sink;
  output.Begin(&sink, 1000);
  output.AddText(OutputStream::kStdout, "a");
  EXPECT_TRUE(output.AddFrame(Stream("b")));
  EXPECT_TRUE(output.AddFrame(Display("c")));
  EXPECT_TRUE(output.AddFrame(Clear()));
  EXPECT_THAT(sink.seen, ElementsAre("a", "b", "c", "clear"));
}

TEST(CellOutput, BetweenCellsIsKeptForTheNext) {
  CellOutput output;
  Sink first, second;
  output.Begin(&first, 1000);
  output.End();
  EXPECT_EQ(output.sink(), nullptr);
  output.AddText(OutputStream::kStdout, "late");
  output.AddFrame(Display("shown late"));
  output.Begin(&second, 1000);
  EXPECT_THAT(first.seen, IsEmpty());
  EXPECT_THAT(second.seen, ElementsAre("late", "shown late"));
}

TEST(CellOutput, EachCellHasABudgetOfItsOwn) {
  CellOutput output;
  Sink first, second;
  output.Begin(&first, 10);
  output.AddFrame(Display(std::string(8, 'a')));
  output.AddFrame(Display(std::string(8, 'b')));
  EXPECT_THAT(first.seen, ElementsAre("aaaaaaaa", "dropped"));
  // What is cleared is free again.
  output.AddFrame(Clear());
  output.AddFrame(Display(std::string(8, 'c')));
  EXPECT_EQ(first.seen.back(), "cccccccc");
  output.End();
  output.Begin(&second, 10);
  output.AddFrame(Display(std::string(8, 'd')));
  EXPECT_THAT(second.seen, ElementsAre("dddddddd"));
}

TEST(CellOutput, OtherFramesAreNotOutput) {
  CellOutput output;
  internal::GuestFrame frame;
  frame.mutable_done();
  EXPECT_FALSE(output.AddFrame(frame));
}

}  // namespace
}  // namespace carrel
