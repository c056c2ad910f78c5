#include "sandbox/host/late_output.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

// Records its calls.
class Recorder : public CellSink {
 public:
  void OnStarted() override {}
  void OnLasting() override {}
  void OnOutput(OutputStream stream, std::string bytes) override {
    said.push_back((stream == OutputStream::kStdout ? "out:" : "err:") + std::move(bytes));
  }
  int64_t OnDisplay(DisplayBundle bundle) override {
    const MimeData& data = bundle.data[0];
    said.push_back((bundle.update ? "update:" : "display:") + (data.dropped ? "-" : data.data));
    return kept += DataBytes(bundle);
  }
  int64_t OnClear(bool wait) override {
    said.push_back(wait ? "clear when more comes" : "clear");
    return kept;
  }
  void OnLateLoss(const LateLoss& late) override { loss = late; }
  void OnException(PythonException) override {}
  void OnRefusedCall(const std::string&) override {}

  std::vector<std::string> said;
  int64_t kept = 0;
  LateLoss loss;
};

DisplayBundle Bundle(const std::string& data, const std::string& update_of = "") {
  DisplayBundle bundle;
  bundle.data.push_back({"text/plain", data, static_cast<int64_t>(data.size()), false});
  bundle.display_id = update_of;
  bundle.update = !update_of.empty();
  return bundle;
}

class LateOutputTest : public testing::Test {
 protected:
  std::vector<std::string> Move(int64_t budget = 1 << 20) {
    DisplayAssembler assembler(budget);
    late_.MoveTo(&recorder_, &assembler);
    EXPECT_TRUE(late_.empty());
    return recorder_.said;
  }

  LateOutput late_;
  Recorder recorder_;
};

using Said = std::vector<std::string>;

TEST_F(LateOutputTest, KeepsTheOrderOfEverything) {
  EXPECT_TRUE(late_.empty());
  late_.AddText(OutputStream::kStdout, "a");
  late_.AddText(OutputStream::kStdout, "b");
  late_.AddDisplay(Bundle("c"));
  late_.AddText(OutputStream::kStdout, "d");
  late_.AddText(OutputStream::kStderr, "e");
  late_.AddText(OutputStream::kStdout, "f");
  EXPECT_EQ(Move(), (Said{"out:ab", "display:c", "out:d", "err:e", "out:f"}));
}

TEST_F(LateOutputTest, KeepsTheFirstOfEachStreamAndCountsTheRest) {
  const std::string many(LateOutput::kMaxTextBytes - 1, 'x');
  late_.AddText(OutputStream::kStdout, many);
  late_.AddText(OutputStream::kStdout, "abc");
  late_.AddText(OutputStream::kStdout, "def");
  late_.AddText(OutputStream::kStderr, "e");
  EXPECT_EQ(Move(), (Said{"out:" + many + "a", "err:e"}));
  EXPECT_EQ(recorder_.loss.output_bytes, 5);
  EXPECT_EQ(recorder_.loss.displays, 0);
}

TEST_F(LateOutputTest, AlternatingStreamsAreABoundedNumberOfPieces) {
  for (int i = 0; i < 60'000; ++i) {
    late_.AddText(OutputStream::kStdout, "o");
    late_.AddText(OutputStream::kStderr, "e");
  }
  size_t bytes = 0;
  for (const std::string& piece : Move()) bytes += piece.size() - 4;
  EXPECT_EQ(bytes, 120'000u);
  EXPECT_LE(recorder_.said.size(), LateOutput::kMaxPieces + LateOutput::kMaxDisplays + 2);
}

TEST_F(LateOutputTest, DisplaysAreBoundedInNumber) {
  for (int i = 0; i < 1000; ++i) late_.AddDisplay(Bundle("x"));
  EXPECT_EQ(Move().size(), LateOutput::kMaxDisplays);
  EXPECT_EQ(recorder_.loss.displays, 1000 - static_cast<int64_t>(LateOutput::kMaxDisplays));
}

TEST_F(LateOutputTest, DisplaysAreBoundedInBytesWithAllTheirParts) {
  for (int i = 0; i < 3; ++i) late_.AddDisplay(Bundle(std::string(1 << 20, 'x')));
  for (int i = 0; i < 100; ++i) {
    DisplayBundle bundle = Bundle("");
    bundle.metadata_json = std::string(1 << 18, ' ');
    late_.AddDisplay(std::move(bundle));
  }
  EXPECT_EQ(Move(8 << 20).size(), 3u + 3u);
  EXPECT_EQ(recorder_.loss.displays, 97);
}

TEST_F(LateOutputTest, AnUpdateTakesThePlaceOfTheOneBefore) {
  late_.AddDisplay(Bundle("0", "other"));
  for (int i = 0; i < 1000; ++i) late_.AddDisplay(Bundle(std::to_string(i), "d"));
  EXPECT_EQ(Move(), (Said{"update:0", "update:999"}));
  EXPECT_EQ(recorder_.loss.displays, 0);
}

TEST_F(LateOutputTest, AClearForgetsAllAndMakesRoom) {
  for (int i = 0; i < 100; ++i) {
    late_.Clear(/*wait=*/i % 2 == 0);
    late_.AddText(OutputStream::kStdout, std::string(LateOutput::kMaxTextBytes, 'x'));
    late_.AddDisplay(Bundle(std::string(3 << 20, 'y')));
  }
  late_.Clear(false);
  EXPECT_TRUE(late_.empty());
  late_.AddText(OutputStream::kStdout, "new");
  EXPECT_EQ(Move(), (Said{"out:new"}));
  EXPECT_EQ(recorder_.loss.output_bytes, 0);
}

TEST_F(LateOutputTest, AClearThatWaitsIsTheNextCells) {
  late_.AddText(OutputStream::kStdout, "a");
  late_.Clear(true);
  late_.AddDisplay(Bundle("u", "d"));
  EXPECT_EQ(Move(), (Said{"out:a", "update:u", "clear when more comes"}));
}

TEST_F(LateOutputTest, DisplaysBelongToTheBudgetOfTheNextCell) {
  late_.AddDisplay(Bundle("1234"));
  late_.AddDisplay(Bundle("5678"));
  late_.AddDisplay(Bundle("90"));
  EXPECT_EQ(Move(6), (Said{"display:1234", "display:-", "display:90"}));
}

}  // namespace
}  // namespace carrel
