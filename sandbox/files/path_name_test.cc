#include "sandbox/files/path_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace carrel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Repeat(const std::string& piece, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += piece;
  return text;
}

// Returns the reason for which `text` is refused.
std::string Flaw(absl::string_view text) {
  absl::StatusOr<WorkspacePath> path = WorkspacePath::Parse(text);
  if (path.ok()) return "accepted";
  EXPECT_EQ(path.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(path.status().message());
}

TEST(WorkspacePathTest, OrdinaryAndOddButHarmlessNamesAreAccepted) {
  for (absl::string_view text : {"a", "a/b/c.csv", "...", "..a", ".hidden", "a b", "-rf",
                                 "trailing.", "C:\\x", "ünïcode.csv", "数据/图.png",
                                 "\xF0\x9F\x93\x8A.png", "\u202Egnp.exe", "~", "$(id)", "a;b"}) {
    absl::StatusOr<WorkspacePath> path = WorkspacePath::Parse(text);
    ASSERT_TRUE(path.ok()) << text << path.status();
    EXPECT_EQ(path->str(), text);
  }
}

TEST(WorkspacePathTest, NamesThatLeaveTheWorkspaceAreRefused) {
  for (absl::string_view text :
       {"..", "../a", "a/..", "a/../b", "a/../../b", ".", "./a", "a/./b"}) {
    EXPECT_THAT(Flaw(text), HasSubstr("\"..\"")) << text;
  }
  EXPECT_THAT(Flaw("/etc/passwd"), HasSubstr("absolute"));
  EXPECT_THAT(Flaw("/"), HasSubstr("absolute"));
}

TEST(WorkspacePathTest, MalformedNamesAreRefused) {
  EXPECT_THAT(Flaw(""), HasSubstr("is empty"));
  EXPECT_THAT(Flaw("a//b"), HasSubstr("empty component"));
  EXPECT_THAT(Flaw("a/"), HasSubstr("ends with a slash"));
}

TEST(WorkspacePathTest, ControlCharactersAreRefused) {
  for (absl::string_view text :
       {absl::string_view("a\0b", 3), absl::string_view("a\nb"), absl::string_view("\x1b[31m"),
        absl::string_view("a\x7f"), absl::string_view("a\xC2\x85")}) {
    EXPECT_THAT(Flaw(text), HasSubstr("control character"));
  }
}

TEST(WorkspacePathTest, InvalidUtf8IsRefused) {
  for (absl::string_view text : {
           "\xff", "a\x80", "\xC3", "\xC3(", "\xE2\x82", "\xF0\x9F\x93",  // Stray, truncated.
           "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF",                // Overlong slashes.
           "\xED\xA0\x80", "\xED\xBF\xBF",                                // Surrogates.
           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",                    // Above U+10FFFF.
       }) {
    EXPECT_THAT(Flaw(text), HasSubstr("UTF-8"));
    EXPECT_FALSE(IsValidUtf8(text));
  }
  EXPECT_TRUE(IsValidUtf8(absl::string_view("a\0\n\xF4\x8F\xBF\xBF", 7)));
}

TEST(WorkspacePathTest, LengthsAreBounded) {
  EXPECT_EQ(Flaw(std::string(255, 'a')), "accepted");
  EXPECT_THAT(Flaw(std::string(256, 'a')), HasSubstr("255"));
  EXPECT_EQ(Flaw(Repeat(std::string(255, 'a') + "/", 3) + std::string(255, 'a')), "accepted");
  EXPECT_EQ(Flaw(Repeat(std::string(255, 'a') + "/", 4) + "b"),
            "the path is longer than 1024 bytes");
  EXPECT_EQ(Flaw(Repeat("a/", 31) + "b"), "accepted");
  EXPECT_THAT(Flaw(Repeat("a/", 32) + "b"), HasSubstr("32 components"));
}

TEST(WorkspacePathTest, MessagesDoNotQuoteTheName) {
  EXPECT_THAT(Flaw("../sensitive\n"), testing::Not(HasSubstr("sensitive")));
}

TEST(WorkspacePathTest, TakesPathsApart) {
  const WorkspacePath path = WorkspacePath::Parse("a/b/c.txt").value();
  EXPECT_THAT(path.Components(), ElementsAre("a", "b", "c.txt"));
  EXPECT_EQ(path.depth(), 3u);
  EXPECT_EQ(path.Basename(), "c.txt");
  EXPECT_EQ(path.Parent()->str(), "a/b");
  EXPECT_EQ(path.Parent()->Parent()->str(), "a");
  EXPECT_FALSE(path.Parent()->Parent()->Parent().has_value());
}

TEST(IsPathComponentTest, IsAPathOfOneComponent) {
  EXPECT_TRUE(IsPathComponent("a.txt"));
  for (absl::string_view name : {"", ".", "..", "a/b", "/", "a\n", "\xff"}) {
    EXPECT_FALSE(IsPathComponent(name)) << name;
  }
}

TEST(IsResourceIdTest, FollowsItsPattern) {
  for (absl::string_view id : {"a", "0", "s-1", "a--b", "0a"}) EXPECT_TRUE(IsResourceId(id)) << id;
  for (absl::string_view id : {"", "-", "-a", "a-", "A", "a_b", "a.b", "a/b", "..", "a b", "é"}) {
    EXPECT_FALSE(IsResourceId(id)) << id;
  }
  EXPECT_TRUE(IsResourceId(std::string(63, 'a')));
  EXPECT_FALSE(IsResourceId(std::string(64, 'a')));
  EXPECT_FALSE(IsResourceId(absl::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace carrel
