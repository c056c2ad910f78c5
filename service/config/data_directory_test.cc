#include "service/config/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace carrel {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    std::string pattern = testing::TempDir() + "/data-directory.XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~DataDirectoryTest() override { fs::remove_all(root_); }
  std::string root_;
};

TEST_F(DataDirectoryTest, IsMadeAndForgetsTheSessionsOfAnEarlierLife) {
  const std::string data = root_ + "/new/data";
  ASSERT_TRUE(DataDirectory::Claim(data).ok());
  fs::create_directories(data + "/sessions/old/files");
  ASSERT_TRUE(DataDirectory::Claim(data).ok());
  EXPECT_TRUE(fs::is_empty(data + "/sessions"));
}

TEST_F(DataDirectoryTest, SomebodyElsesFolderIsRefusedAndLeftAsItWas) {
  fs::create_directories(root_ + "/sessions/precious");
  chmod(root_.c_str(), 0755);
  absl::Status status = DataDirectory::Claim(root_).status();
  EXPECT_THAT(status.message(), HasSubstr("not Carrel's"));
  EXPECT_TRUE(fs::exists(root_ + "/sessions/precious"));
  EXPECT_FALSE(fs::exists(root_ + "/lock"));
  struct stat now;
  ASSERT_EQ(stat(root_.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 0777, 0755u);
}

TEST_F(DataDirectoryTest, AnEmptyFolderIsTaken) { EXPECT_TRUE(DataDirectory::Claim(root_).ok()); }

TEST_F(DataDirectoryTest, HasOneOwnerAtATime) {
  auto first = DataDirectory::Claim(root_);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(DataDirectory::Claim(root_).status().message(), HasSubstr("another carreld"));
}

}  // namespace
}  // namespace carrel
