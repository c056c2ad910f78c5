#include "sandbox/ipc/display_assembler.h"

#include <gtest/gtest.h>

#include <string>

namespace carrel {
namespace {

internal::DisplayPart Part(const std::string& mime, const std::string& data, bool last = false) {
  internal::DisplayPart part;
  part.set_mime_type(mime);
  part.set_data(data);
  part.set_last(last);
  return part;
}

TEST(DisplayAssembler, JoinsPartsOfSeveralRepresentations) {
  DisplayAssembler assembler(1000);
  EXPECT_FALSE(assembler.Add(Part("text/plain", "ab")).has_value());
  EXPECT_FALSE(assembler.Add(Part("", "cd")).has_value());
  auto bundle = assembler.Add(Part("image/png", "\x89", true));
  ASSERT_TRUE(bundle.has_value());
  ASSERT_EQ(bundle->data.size(), 2u);
  EXPECT_EQ(bundle->data[0].data, "abcd");
  EXPECT_EQ(bundle->data[1].mime_type, "image/png");
}

TEST(DisplayAssembler, WhatDoesNotFitIsDroppedWholeAndItsSizeKept) {
  DisplayAssembler assembler(10);
  assembler.Add(Part("text/plain", "12345"));
  assembler.Add(Part("image/png", "1234"));
  auto bundle = assembler.Add(Part("", "56789", true));
  ASSERT_TRUE(bundle.has_value());
  EXPECT_EQ(bundle->data[0].data, "12345");
  EXPECT_TRUE(bundle->data[1].dropped);
  EXPECT_EQ(bundle->data[1].data, "");
  EXPECT_EQ(bundle->data[1].size_bytes, 9);
}

TEST(DisplayAssembler, BudgetIsOfTheWholeCell) {
  DisplayAssembler assembler(6);
  EXPECT_FALSE(assembler.Add(Part("text/plain", "1234", true))->data[0].dropped);
  EXPECT_TRUE(assembler.Add(Part("text/plain", "1234", true))->data[0].dropped);
  EXPECT_FALSE(assembler.Add(Part("text/plain", "12", true))->data[0].dropped);
}

TEST(DisplayAssembler, WhatIsNotKeptAnyMoreMakesRoom) {
  DisplayAssembler assembler(6);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(assembler.Add(Part("text/plain", "1234", true))->data[0].dropped);
    assembler.SetKept(0);
  }
  assembler.SetKept(3);
  EXPECT_TRUE(assembler.Add(Part("text/plain", "1234", true))->data[0].dropped);
}

TEST(DisplayAssembler, WhatIsIncompleteCountsWhateverIsKept) {
  DisplayAssembler assembler(6);
  assembler.Add(Part("text/plain", "1234"));
  assembler.SetKept(0);
  EXPECT_TRUE(assembler.Add(Part("image/png", "567", true))->data[1].dropped);
}

TEST(DisplayAssembler, ABundleMayEndInAnotherCell) {
  DisplayAssembler assembler(8);
  assembler.Add(Part("text/plain", "1234"));
  assembler.StartBudget(6);
  auto bundle = assembler.Add(Part("", "56", true));
  EXPECT_EQ(bundle->data[0].data, "123456");
  EXPECT_TRUE(assembler.Add(Part("text/plain", "1", true))->data[0].dropped);
  assembler.StartBudget(1);
  EXPECT_FALSE(assembler.Add(Part("text/plain", "1", true))->data[0].dropped);
}

TEST(DisplayAssembler, ABundleTooLargeForTheNextBudgetIsDropped) {
  DisplayAssembler assembler(8);
  assembler.Add(Part("text/plain", "1234"));
  assembler.StartBudget(3);
  auto bundle = assembler.Add(Part("image/png", "567", true));
  EXPECT_TRUE(bundle->data[0].dropped);
  EXPECT_EQ(bundle->data[0].size_bytes, 4);
  EXPECT_EQ(bundle->data[1].data, "567");
}

TEST(DisplayAssembler, EndlessPartsTakeNoMoreThanTheBudget) {
  DisplayAssembler assembler(1 << 20);
  assembler.Add(Part("text/plain", ""));
  for (int i = 0; i < 10'000; ++i) assembler.Add(Part("", std::string(1024, 'x')));
  auto bundle = assembler.Add(Part("", "", true));
  EXPECT_TRUE(bundle->data[0].dropped);
  EXPECT_EQ(bundle->data[0].size_bytes, 10'000 * 1024);
}

TEST(DisplayAssembler, RepresentationsAreBoundedInNumberAndNames) {
  DisplayAssembler assembler(1 << 20);
  for (int i = 0; i < 1000; ++i) assembler.Add(Part(std::string(10'000, 'm'), "x"));
  auto bundle = assembler.Add(Part("", "y", true));
  EXPECT_EQ(bundle->data.size(), DisplayAssembler::kMaxRepresentations);
  EXPECT_EQ(bundle->data[0].mime_type.size(), DisplayAssembler::kMaxNameBytes);
}

TEST(DisplayAssembler, MetadataNamesAndIdsAreOfTheBudget) {
  DisplayAssembler assembler(64 << 10);
  size_t metadata = 0, shown = 0;
  for (int i = 0; i < 1024; ++i) {
    internal::DisplayPart part = Part("text/plain", "", true);
    part.set_metadata_json(std::string(30'000, '{'));
    part.set_display_id(std::string(700, 'd'));
    auto bundle = assembler.Add(part);
    metadata += bundle->metadata_json.size();
    shown += bundle->dropped ? 0 : 1;
  }
  EXPECT_EQ(metadata, 2 * 30'000u);
  EXPECT_EQ(shown, 1024u);  // Names of a usual size are free.
}

TEST(DisplayAssembler, ADisplayWhoseNamesDoNotFitIsDropped) {
  DisplayAssembler assembler(20'000);
  const auto named = [&] {
    for (int i = 0; i < 31; ++i) assembler.Add(Part(std::string(200, 'm'), ""));
    return assembler.Add(Part(std::string(200, 'm'), "12345", true));
  };
  EXPECT_FALSE(named()->dropped);
  EXPECT_FALSE(named()->dropped);
  auto third = named();
  EXPECT_TRUE(third->dropped);
  EXPECT_EQ(DataBytes(*third), 0);
  EXPECT_FALSE(assembler.Add(Part("text/plain", std::string(3'000, 'x'), true))->data[0].dropped);
}

TEST(DisplayAssembler, WhatComesFromElsewhereIsOfTheBudgetWithItsMetadata) {
  DisplayAssembler assembler(10'000);
  DisplayBundle bundle;
  bundle.data.push_back({"text/plain", "x", 1, false});
  bundle.metadata_json = std::string(9'000, '{');
  DisplayBundle other = bundle;
  assembler.Admit(&bundle);
  EXPECT_FALSE(bundle.metadata_json.empty());
  assembler.Admit(&other);
  EXPECT_TRUE(other.metadata_json.empty());
  EXPECT_EQ(other.data[0].data, "x");
}

TEST(DisplayAssembler, BundleWithoutDataIsNone) {
  DisplayAssembler assembler(100);
  EXPECT_FALSE(assembler.Add(Part("", "orphan", true)).has_value());
}

}  // namespace
}  // namespace carrel
