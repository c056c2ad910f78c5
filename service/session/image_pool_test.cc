#include "service/session/image_pool.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kPage = 4096;

std::vector<std::string> Put(ImagePool& pool, const std::string& execution, const std::string& id,
                             int64_t bytes) {
  std::vector<std::string> forgotten;
  for (const ImagePool::Image& image : pool.Put({execution, id, bytes}, 4 * kPage))
    forgotten.push_back(image.execution + "/" + image.id);
  return forgotten;
}

TEST(ImagePoolTest, TheOldestAreForgotten) {
  ImagePool pool;
  EXPECT_THAT(Put(pool, "a", "1", 2 * kPage), IsEmpty());
  EXPECT_THAT(Put(pool, "a", "2", kPage), IsEmpty());
  EXPECT_THAT(Put(pool, "b", "1", kPage), IsEmpty());
  EXPECT_FALSE(pool.HasForgotten("a"));
  EXPECT_THAT(Put(pool, "b", "2", 3 * kPage), ElementsAre("a/1", "a/2"));
  EXPECT_TRUE(pool.HasForgotten("a"));
  EXPECT_FALSE(pool.HasForgotten("b"));
}

TEST(ImagePoolTest, EachTakesABlockAtLeastAndTheNewestStays) {
  ImagePool pool;
  for (const char* id : {"1", "2", "3", "4"}) EXPECT_THAT(Put(pool, "a", id, 0), IsEmpty());
  EXPECT_THAT(Put(pool, "a", "5", 1), ElementsAre("a/1"));
  EXPECT_THAT(Put(pool, "b", "1", 100 * kPage), ElementsAre("a/2", "a/3", "a/4", "a/5"));
}

TEST(ImagePoolTest, WhatWasTakenBackCountsNoMore) {
  ImagePool pool;
  Put(pool, "a", "1", 2 * kPage);
  Put(pool, "b", "1", 2 * kPage);
  pool.Remove("b", "1");
  pool.Remove("b", "2");  // This image does not exist.
  EXPECT_THAT(Put(pool, "c", "1", 2 * kPage), IsEmpty());
  EXPECT_THAT(Put(pool, "c", "2", 1), ElementsAre("a/1"));
  pool.RemoveAllOf("a");
  EXPECT_FALSE(pool.HasForgotten("a"));
  pool.RemoveAllOf("c");
  EXPECT_THAT(Put(pool, "d", "1", 4 * kPage), IsEmpty());
}

}  // namespace
}  // namespace carrel
