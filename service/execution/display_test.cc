#include "service/execution/display.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carrel {
namespace {

DisplayBundle BundleOf(const std::vector<std::pair<std::string, std::string>>& data) {
  DisplayBundle bundle;
  for (const auto& [type, content] : data) {
    MimeData item;
    item.mime_type = type;
    item.size_bytes = static_cast<int64_t>(content.size());
    item.data = content;
    bundle.data.push_back(std::move(item));
  }
  return bundle;
}

// Keeps every image under a number.
struct Keeper {
  std::vector<std::string> kept;
  v1::Display Convert(DisplayBundle bundle, int64_t max_inline = 1000) {
    return ToDisplay(std::move(bundle), max_inline,
                     [this](const std::string&, const std::shared_ptr<const std::string>& data) {
                       kept.push_back(*data);
                       return "image-" + std::to_string(kept.size());
                     });
  }
};

TEST(DisplayTest, PutsPlainTextFirstAndKeepsTheRestInOrder) {
  Keeper keeper;
  v1::Display display =
      keeper.Convert(BundleOf({{"text/html", "<b>"}, {"text/plain", "b"}, {"image/png", "\x89P"}}));
  ASSERT_EQ(display.data_size(), 3);
  EXPECT_EQ(display.data(0).text(), "b");
  EXPECT_EQ(display.data(1).text(), "<b>");
  EXPECT_EQ(display.data(2).data(), "\x89P");
}

TEST(DisplayTest, SendsALargeImageAsAnArtifactOnly) {
  Keeper keeper;
  v1::Display display = keeper.Convert(BundleOf({{"image/png", std::string(1001, 'x')}}));
  EXPECT_EQ(display.data(0).artifact(), "image-1");
  EXPECT_EQ(display.data(0).size_bytes(), 1001);
  ASSERT_EQ(keeper.kept.size(), 1u);
}

TEST(DisplayTest, KeepsASmallImageToo) {
  Keeper keeper;
  keeper.Convert(BundleOf({{"image/svg+xml", "<svg/>"}}));
  EXPECT_EQ(keeper.kept, std::vector<std::string>{"<svg/>"});
}

TEST(DisplayTest, MakesGuestTextValidUtf8) {
  Keeper keeper;
  v1::Display display = keeper.Convert(BundleOf({{"text/plain", "a\xFF z"}}));
  EXPECT_EQ(display.data(0).text(), "a\xEF\xBF\xBD z");
}

TEST(DisplayTest, DropsWhatDoesNotFitAMessage) {
  Keeper keeper;
  v1::Display display = keeper.Convert(
      BundleOf({{"text/plain", "small"}, {"text/html", std::string(kMaxInlineBytes, 'x')}}));
  EXPECT_EQ(display.data(0).text(), "small");
  EXPECT_TRUE(display.data(1).dropped());
  EXPECT_EQ(display.data(1).size_bytes(), kMaxInlineBytes);
  EXPECT_LT(display.ByteSizeLong(), 4u << 20);
}

TEST(DisplayTest, ImageTypesHaveExtensions) {
  EXPECT_EQ(ImageExtension("image/png"), "png");
  EXPECT_EQ(ImageExtension("image/jpeg"), "jpg");
  EXPECT_EQ(ImageExtension("image/svg+xml"), "svg");
  EXPECT_EQ(ImageExtension("image/../../etc"), "etc");
  EXPECT_EQ(ImageExtension("image/"), "img");
  EXPECT_EQ(ImageExtension("text/plain"), "");
}

}  // namespace
}  // namespace carrel
