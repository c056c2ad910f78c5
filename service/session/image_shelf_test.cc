#include "service/session/image_shelf.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kPage = 4096;

std::vector<std::string> Put(ImageShelf& shelf, const std::string& execution, const std::string& id,
                             int64_t bytes) {
  std::vector<std::string> forgotten;
  for (const ImageShelf::Image& image : shelf.Put({execution, id, bytes}, 4 * kPage))
    forgotten.push_back(image.execution + "/" + image.id);
  return forgotten;
}

TEST(ImageShelfTest, TheOldestAreForgotten) {
  ImageShelf shelf;
  EXPECT_THAT(Put(shelf, "a", "1", 2 * kPage), IsEmpty());
  EXPECT_THAT(Put(shelf, "a", "2", kPage), IsEmpty());
  EXPECT_THAT(Put(shelf, "b", "1", kPage), IsEmpty());
  EXPECT_FALSE(shelf.HasForgotten("a"));
  EXPECT_THAT(Put(shelf, "b", "2", 3 * kPage), ElementsAre("a/1", "a/2"));
  EXPECT_TRUE(shelf.HasForgotten("a"));
  EXPECT_FALSE(shelf.HasForgotten("b"));
}

TEST(ImageShelfTest, EachTakesABlockAtLeastAndTheNewestStays) {
  ImageShelf shelf;
  for (const char* id : {"1", "2", "3", "4"}) EXPECT_THAT(Put(shelf, "a", id, 0), IsEmpty());
  EXPECT_THAT(Put(shelf, "a", "5", 1), ElementsAre("a/1"));
  EXPECT_THAT(Put(shelf, "b", "1", 100 * kPage), ElementsAre("a/2", "a/3", "a/4", "a/5"));
}

TEST(ImageShelfTest, WhatWasTakenBackCountsNoMore) {
  ImageShelf shelf;
  Put(shelf, "a", "1", 2 * kPage);
  Put(shelf, "b", "1", 2 * kPage);
  shelf.Remove("b", "1");
  shelf.Remove("b", "2");  // This image does not exist.
  EXPECT_THAT(Put(shelf, "c", "1", 2 * kPage), IsEmpty());
  EXPECT_THAT(Put(shelf, "c", "2", 1), ElementsAre("a/1"));
  shelf.RemoveAllOf("a");
  EXPECT_FALSE(shelf.HasForgotten("a"));
  shelf.RemoveAllOf("c");
  EXPECT_THAT(Put(shelf, "d", "1", 4 * kPage), IsEmpty());
}

}  // namespace
}  // namespace carrel
