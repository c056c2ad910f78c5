#include "service/config/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "service/model/time_proto.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ServerConfigTest : public testing::Test {
 protected:
  ServerConfigTest() {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    Write("images/minimal/image.textproto", "name: \"minimal\" preload: \"json\"");
    Write("env/bin/python", "");
  }
  ~ServerConfigTest() override { fs::remove_all(folder_); }

  void Write(const std::string& file, const std::string& text) {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text;
  }

  absl::StatusOr<ServerSettings> Load(const std::string& text) {
    Write("server.textproto", text);
    return LoadServerSettings((folder_ / "server.textproto").string());
  }

  std::string ErrorOf(const std::string& text) {
    return std::string(Load(text).status().message());
  }

  static constexpr char kGood[] =
      "listen: '127.0.0.1:0' data_directory: 'data'\n"
      "images { config: 'images/minimal/image.textproto' environment: 'env' }\n";
  fs::path folder_;
};

TEST_F(ServerConfigTest, AppliesDefaultsAndResolvesPaths) {
  absl::StatusOr<ServerSettings> settings = Load(kGood);
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->data_directory, (folder_ / "data").string());
  EXPECT_EQ(settings->default_image, "minimal");
  EXPECT_EQ(settings->images[0].environment, (folder_ / "env").string());
  EXPECT_EQ(settings->max_session_count, 1000);
  EXPECT_EQ(settings->max_queue_length, 16);
  EXPECT_EQ(settings->max_code_bytes, 512 << 10);
  EXPECT_EQ(settings->interrupt_grace_period, absl::Seconds(3));
  EXPECT_EQ(settings->default_idle_timeout, absl::Hours(1));
  EXPECT_EQ(settings->first_session_uid, 700000u);
  EXPECT_EQ(FromProto(settings->max_limits.execution_timeout()), absl::Hours(1));
  EXPECT_GT(settings->images[0].default_limits.memory_bytes(), 0);
}

TEST_F(ServerConfigTest, ImageDefaultsStayWithinTheServersMaximum) {
  Write("images/minimal/image.textproto",
        "name: \"minimal\" default_limits { memory_bytes: 900000000 }");
  absl::StatusOr<ServerSettings> settings =
      Load(std::string(kGood) + "max_limits { memory_bytes: 500000000 }");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->images[0].default_limits.memory_bytes(), 500000000);
}

TEST_F(ServerConfigTest, NamesLineAndColumnOfAMistake) {
  EXPECT_THAT(ErrorOf("listen: '127.0.0.1:0'\nbogus: 1\n"), HasSubstr("server.textproto:2:6: "));
}

TEST_F(ServerConfigTest, RefusesToListenBeyondLoopback) {
  for (const char* address : {"0.0.0.0:7411", "[::]:7411", "192.168.1.1:1", "example.org:80",
                              "127.0.0.1", "127.0.0.1.example.org:80", "unix:"}) {
    std::string text(kGood);
    text.replace(text.find("127.0.0.1:0"), 11, address);
    EXPECT_THAT(ErrorOf(text), HasSubstr("no authentication")) << address;
  }
  for (const char* address : {"[::1]:0", "localhost:7411", "127.0.0.2:1"}) {
    std::string text(kGood);
    text.replace(text.find("127.0.0.1:0"), 11, address);
    EXPECT_TRUE(Load(text).ok()) << address;
  }
}

TEST_F(ServerConfigTest, SaysWhatIsMissing) {
  EXPECT_THAT(ErrorOf("data_directory: 'data'"), HasSubstr("listen"));
  EXPECT_THAT(ErrorOf("listen: '127.0.0.1:0'"), HasSubstr("data_directory"));
  EXPECT_THAT(ErrorOf("listen: '127.0.0.1:0' data_directory: 'data'"), HasSubstr("image"));
  EXPECT_THAT(std::string(LoadServerSettings("/nowhere").status().message()),
              HasSubstr("/nowhere: cannot be read"));
}

TEST_F(ServerConfigTest, SaysWhichImageIsMissing) {
  fs::remove_all(folder_ / "env");
  EXPECT_THAT(ErrorOf(kGood), HasSubstr("./dev setup"));
  fs::remove_all(folder_ / "images");
  EXPECT_THAT(ErrorOf(kGood), HasSubstr("image.textproto: cannot be read"));
}

TEST_F(ServerConfigTest, RefusesNumbersOutOfRange) {
  EXPECT_THAT(ErrorOf(std::string(kGood) + "max_queue_length: -1"),
              HasSubstr("max_queue_length must be between 1 and"));
  EXPECT_THAT(ErrorOf(std::string(kGood) + "max_code_bytes: 600000"), HasSubstr("max_code_bytes"));
  EXPECT_THAT(ErrorOf(std::string(kGood) + "max_limits { memory_bytes: -5 }"),
              HasSubstr("max_limits.memory_bytes is negative"));
}

}  // namespace
}  // namespace carrel
