#include "service/session/warm_level.h"

#include <gtest/gtest.h>

namespace carrel {
namespace {

TEST(WarmLevelTest, BeginsWithFew) {
  EXPECT_EQ(WarmLevel(32).wanted(), 2);
  EXPECT_EQ(WarmLevel(2).wanted(), 2);
  EXPECT_EQ(WarmLevel(1).wanted(), 1);
}

TEST(WarmLevelTest, NoneIsNoneWhateverHappens) {
  WarmLevel level(0);
  EXPECT_EQ(level.wanted(), 0);
  level.NoteMiss();
  level.NoteInterval();
  level.NoteInterval();
  EXPECT_EQ(level.wanted(), 0);
}

TEST(WarmLevelTest, DoublesWithEachMissUpToTheMost) {
  WarmLevel level(24);
  for (int wanted : {4, 8, 16, 24, 24}) {
    level.NoteMiss();
    EXPECT_EQ(level.wanted(), wanted);
  }
}

TEST(WarmLevelTest, HalvesInAnIntervalThatNeededLessThanHalf) {
  WarmLevel level(32);
  for (int i = 0; i < 3; ++i) level.NoteMiss();
  level.NoteInterval();  // This interval had the misses.
  EXPECT_EQ(level.wanted(), 16);
  level.NoteTaken(15);
  level.NoteTaken(9);
  level.NoteInterval();
  EXPECT_EQ(level.wanted(), 8);
}

TEST(WarmLevelTest, StaysInAnIntervalThatNeededHalf) {
  WarmLevel level(32);
  for (int i = 0; i < 3; ++i) level.NoteMiss();
  level.NoteInterval();
  level.NoteTaken(8);
  level.NoteTaken(12);
  level.NoteInterval();
  EXPECT_EQ(level.wanted(), 16);
}

TEST(WarmLevelTest, StaysInAnIntervalWithAMiss) {
  WarmLevel level(8);
  for (int i = 0; i < 9; ++i) level.NoteMiss();
  for (int i = 0; i < 3; ++i) {
    level.NoteMiss();
    level.NoteInterval();
    EXPECT_EQ(level.wanted(), 8);
  }
}

TEST(WarmLevelTest, ShrinksToTheLeastAndNotBelow) {
  WarmLevel level(32);
  for (int i = 0; i < 4; ++i) level.NoteMiss();
  level.NoteInterval();
  for (int wanted : {16, 8, 4, 2, 2, 2}) {
    level.NoteInterval();
    EXPECT_EQ(level.wanted(), wanted);
  }
}

TEST(WarmLevelTest, ShrinksToTheMostWhereThatIsLess) {
  WarmLevel level(1);
  level.NoteMiss();
  for (int i = 0; i < 3; ++i) level.NoteInterval();
  EXPECT_EQ(level.wanted(), 1);
}

TEST(WarmLevelTest, GrowsAgainAfterItHasShrunk) {
  WarmLevel level(32);
  level.NoteMiss();
  for (int i = 0; i < 5; ++i) level.NoteInterval();
  level.NoteMiss();
  EXPECT_EQ(level.wanted(), 4);
}

TEST(WarmSessionsThatFitTest, TakeASixteenthOfMemory) {
  constexpr int64_t kMiB = int64_t{1} << 20;
  EXPECT_EQ(WarmSessionsThatFit(0, 4 * kMiB), 0);
  EXPECT_EQ(WarmSessionsThatFit(63 * kMiB, 4 * kMiB), 0);
  EXPECT_EQ(WarmSessionsThatFit(64 * kMiB, 4 * kMiB), 1);
  EXPECT_EQ(WarmSessionsThatFit(1024 * kMiB, 4 * kMiB), 16);
  EXPECT_EQ(WarmSessionsThatFit(INT64_MAX, 1), 1 << 20) << "fits an int";
}

}  // namespace
}  // namespace carrel
