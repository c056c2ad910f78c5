#include "sandbox/files/mime_type.h"

#include "gtest/gtest.h"

namespace carrel {
namespace {

TEST(MimeTypeTest, GoesByTheExtensionInAnyCase) {
  EXPECT_EQ(MimeTypeOfPath("chart.png"), "image/png");
  EXPECT_EQ(MimeTypeOfPath("plots/Chart.JPG"), "image/jpeg");
  EXPECT_EQ(MimeTypeOfPath("a.b/sales.csv"), "text/csv");
  EXPECT_EQ(MimeTypeOfPath("r.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  EXPECT_EQ(MimeTypeOfPath("data.tar.gz"), "application/gzip");
}

TEST(MimeTypeTest, AnythingElseIsBytes) {
  for (absl::string_view path :
       {"", "a", "png", ".png", "a.", "a.png/b", "a.pn", "a.pngx", "a.p\0g"}) {
    EXPECT_EQ(MimeTypeOfPath(path), "application/octet-stream") << path;
  }
}

}  // namespace
}  // namespace carrel
