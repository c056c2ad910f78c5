#include "sandbox/changes/changed_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <string>

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChangedNames, AnOpenedNameIsUncheckedUntilItIsForgotten) {
  ChangedNames names;
  EXPECT_TRUE(names.Note("a", NameBitsOf(IN_OPEN)));
  EXPECT_TRUE(names.has_unchecked());
  EXPECT_THAT(names.Unchecked(), ElementsAre("a"));
  names.Forget("a", kOpened | kUnchecked);
  EXPECT_FALSE(names.has_unchecked());
  EXPECT_TRUE(names.empty());
}

TEST(ChangedNames, ANameThatWasChangedTooIsKept) {
  ChangedNames names;
  names.Note("a", NameBitsOf(IN_OPEN));
  names.Note("a", NameBitsOf(IN_MODIFY));
  names.Forget("a", kOpened | kUnchecked);
  EXPECT_EQ(names.Find("a"), kChanged);
}

TEST(ChangedNames, ANameThatAppearsAgainIsNotGone) {
  ChangedNames names;
  names.Note("a", NameBitsOf(IN_DELETE));
  EXPECT_TRUE(names.Find("a") & kGone);
  names.Note("a", NameBitsOf(IN_CREATE));
  EXPECT_FALSE(names.Find("a") & kGone);
  EXPECT_TRUE(names.Find("a") & kVanished);
}

TEST(ChangedNames, AnInodeThatAppearedAndWasDeletedWasShortLived) {
  ChangedNames names;
  names.Note("moved", NameBitsOf(IN_CREATE));
  names.Note("moved", NameBitsOf(IN_MOVED_FROM));
  EXPECT_FALSE(names.Find("moved") & kShortLived) << "the inode has another name now";
  names.Note("deleted", NameBitsOf(IN_CREATE));
  names.Note("deleted", NameBitsOf(IN_DELETE));
  EXPECT_TRUE(names.Find("deleted") & kShortLived);
}

TEST(ChangedNames, AChangeWhileGoneIsNoted) {
  ChangedNames names;
  names.Note("a", NameBitsOf(IN_MOVED_FROM));
  names.Note("a", NameBitsOf(IN_MODIFY));
  EXPECT_TRUE(names.Find("a") & kChangedWhileGone);
}

TEST(ChangedNames, OnlySoManyAndSoLongNamesAreKept) {
  ChangedNames many;
  for (size_t i = 0; i < ChangedNames::kMaxNames; ++i)
    ASSERT_TRUE(many.Note(std::to_string(i), kChanged));
  EXPECT_TRUE(many.Note("0", kOpened)) << "it is known already";
  EXPECT_FALSE(many.Note("one more", kChanged));
  ChangedNames longer;
  const std::string path(4000, 'x');
  size_t count = 0;
  while (longer.Note(path + std::to_string(count), kChanged)) ++count;
  EXPECT_LE(count * path.size(), ChangedNames::kMaxBytes);
  EXPECT_GT(count, ChangedNames::kMaxBytes / path.size() - 10);
}

TEST(ChangedNames, TakeForgetsEverything) {
  ChangedNames names;
  names.Note("a", kOpened | kUnchecked);
  EXPECT_EQ(names.Take().size(), 1U);
  EXPECT_TRUE(names.empty());
  EXPECT_FALSE(names.has_unchecked());
  EXPECT_THAT(names.Unchecked(), IsEmpty());
}

}  // namespace
}  // namespace carrel
