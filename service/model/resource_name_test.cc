#include "service/model/resource_name.h"

#include <gtest/gtest.h>

#include "service/model/page_token.h"

namespace carrel {
namespace {

TEST(ResourceNameTest, ParsesSessionsAndExecutions) {
  EXPECT_EQ(ParseSessionName("name", "sessions/a-1").value(), "a-1");
  auto execution = ParseExecutionName("name", "sessions/a/executions/b");
  ASSERT_TRUE(execution.ok());
  EXPECT_EQ(execution->session, "a");
  EXPECT_EQ(execution->execution, "b");
}

TEST(ResourceNameTest, RefusesMalformedNames) {
  for (const char* name : {"", "sessions/", "sessions/A", "sessions/a/", "sessions/-a", "a",
                           "sessions/a/executions/b", "sessions/../a"})
    EXPECT_FALSE(ParseSessionName("name", name).ok()) << name;
  for (const char* name : {"sessions/a", "sessions/a/executions/", "sessions/a/executions/b/c"})
    EXPECT_FALSE(ParseExecutionName("name", name).ok()) << name;
}

TEST(ResourceNameTest, ParsesFilesAndImages) {
  auto file = ParseFileName("name", "sessions/a/files/plots/x y.png");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->path->str(), "plots/x y.png");
  EXPECT_EQ(ToString(*file), "sessions/a/files/plots/x y.png");
  auto image = ParseFileName("name", "sessions/a/executions/b/images/12.png");
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->image, "12.png");
  EXPECT_FALSE(ParseWorkspaceFileName("name", ToString(*image)).ok());
}

TEST(ResourceNameTest, RefusesPathsThatLeaveTheWorkspace) {
  for (const char* name :
       {"sessions/a/files/../b", "sessions/a/files//etc/passwd", "sessions/a/files/",
        "sessions/a/files/x/../../y", "sessions/a/executions/b/images/../1.png",
        "sessions/a/executions/b/images/1.png/x", "sessions/a/executions/../images/1.png"}) {
    EXPECT_FALSE(ParseFileName("name", name).ok()) << name;
  }
}

TEST(PageTokenTest, IsGoodForItsOwnListOnly) {
  std::string token = MakePageToken("abc", "sessions?x");
  EXPECT_EQ(ReadPageToken(token, "sessions?x").value(), "abc");
  EXPECT_FALSE(ReadPageToken(token, "sessions?y").ok());
  EXPECT_FALSE(ReadPageToken("rubbish!", "sessions?x").ok());
  EXPECT_EQ(ReadPageToken("", "sessions?x").value(), "");
}

TEST(PageTokenTest, PageSizesAreBounded) {
  EXPECT_EQ(EffectivePageSize(0).value(), 100);
  EXPECT_EQ(EffectivePageSize(7).value(), 7);
  EXPECT_EQ(EffectivePageSize(100'000).value(), 1000);
  EXPECT_FALSE(EffectivePageSize(-1).ok());
}

}  // namespace
}  // namespace carrel
