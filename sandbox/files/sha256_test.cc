#include "sandbox/files/sha256.h"

#include <string>

#include "sandbox/files/hash_file.h"
#include "sandbox/files/workspace_test_util.h"

namespace carrel {
namespace {

constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(Sha256Hex(""), kEmpty);
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, PiecesMakeTheWholeAndTheDigestCanBeTakenTwice) {
  Sha256 hash;
  EXPECT_EQ(hash.HexDigest(), kEmpty);
  hash.Update("a");
  EXPECT_EQ(hash.HexDigest(), Sha256Hex("a"));
  hash.Update("bc");
  EXPECT_EQ(hash.HexDigest(), kAbc);
  EXPECT_EQ(hash.HexDigest(), kAbc);
}

class HashFileTest : public WorkspaceTest {};

TEST_F(HashFileTest, HashesAWholeFileOfSeveralReads) {
  const std::string content(700'000, 'z');
  Put(files + "/a", content);
  EXPECT_EQ(HashFile(workspace->OpenForRead(Path("a")).value(), 700'000).value(),
            Sha256Hex(content));
}

TEST_F(HashFileTest, ATooLargeFileIsRefusedUnread) {
  Put(files + "/sparse", "");
  ASSERT_EQ(truncate((files + "/sparse").c_str(), int64_t{1} << 43), 0);
  EXPECT_TRUE(absl::IsResourceExhausted(
      HashFile(workspace->OpenForRead(Path("sparse")).value(), 1 << 20).status()));
}

TEST_F(HashFileTest, AFileThatGrewSinceItWasOpenedIsBoundedToo) {
  Put(files + "/a", "12345");
  const ReadHandle file = workspace->OpenForRead(Path("a")).value();
  ASSERT_EQ(truncate((files + "/a").c_str(), int64_t{1} << 43), 0);
  EXPECT_TRUE(absl::IsResourceExhausted(HashFile(file, 1 << 20).status()));
}

}  // namespace
}  // namespace carrel
