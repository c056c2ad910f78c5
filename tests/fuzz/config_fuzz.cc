// Parses the configurations of carreld and of an image, as text. Input: the server's configuration,
// a line "----", the image's. Only files in a temporary directory of our own are read: the paths
// that a configuration names are replaced by paths there before any of them is opened.
#include <google/protobuf/stubs/common.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "service/config/server_config.h"
#include "service/model/limits.h"
#include "service/model/time_proto.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kSeparator = "----\n";

// A temporary directory that lives as long as the process.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/carrel-config-fuzz-XXXXXX";
    FUZZ_CHECK(mkdtemp(name) != nullptr);
    path_ = name;
    owner_ = getpid();
    fs::create_directories(path_ + "/images/minimal");
    fs::create_directories(path_ + "/env/bin");
    Write("env/bin/python", "");
  }
  ~Folder() {
    std::error_code ignored;
    if (getpid() == owner_) fs::remove_all(path_, ignored);
  }
  void Write(const std::string& file, absl::string_view text) const {
    std::ofstream(path_ + "/" + file) << text;
  }
  std::string Path(const std::string& file) const { return path_ + "/" + file; }

 private:
  std::string path_;
  pid_t owner_;
};

const Folder& OurFolder() {
  static const Folder folder;
  return folder;
}

// Checks that the error has the form "file:line:column: what" or "file: what" for people.
void CheckError(const absl::Status& status) {
  FUZZ_CHECK(absl::IsInvalidArgument(status));
  FUZZ_CHECK(absl::StartsWith(status.message(), OurFolder().Path("")));
  FUZZ_CHECK(absl::StrContains(status.message(), ": "));
}

void CheckText(const std::string& file, google::protobuf::Message* message) {
  const absl::Status status = ParseTextFile(file, message);
  if (!status.ok()) {
    CheckError(status);
    return;
  }
  // A message that was parsed can be printed and parsed again.
  std::string text;
  FUZZ_CHECK(google::protobuf::TextFormat::PrintToString(*message, &text));
  std::unique_ptr<google::protobuf::Message> again(message->New());
  FUZZ_CHECK(google::protobuf::TextFormat::ParseFromString(text, again.get()));
  FUZZ_CHECK(again->ByteSizeLong() == message->ByteSizeLong());
}

void CheckLimitsInForce(const v1::Limits& limits, const v1::Limits& most) {
  FUZZ_CHECK(CheckLimits("limits", limits, most).ok());
  FUZZ_CHECK(limits.memory_bytes() > 0 && limits.process_count() > 0 && limits.cpu_count() > 0);
  FUZZ_CHECK(limits.workspace_bytes() > 0 && limits.workspace_file_count() > 0);
  FUZZ_CHECK(limits.temporary_bytes() > 0 && limits.open_file_count() > 0);
  FUZZ_CHECK(limits.output_bytes() > 0 && limits.display_bytes() > 0);
  FUZZ_CHECK(FromProto(limits.execution_timeout()) > absl::ZeroDuration());
}

void CheckAddress(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) {
    FUZZ_CHECK(address.size() > 6 && address[5] == '/');
    return;
  }
  FUZZ_CHECK(absl::StartsWith(address, "127.") || absl::StartsWith(address, "[::1]:") ||
             absl::StartsWith(address, "localhost:"));
}

void CheckSettings(const ServerSettings& settings) {
  FUZZ_CHECK(!settings.listen.empty());
  for (const std::string& address : settings.listen) CheckAddress(address);
  FUZZ_CHECK(absl::StartsWith(settings.data_directory, "/"));
  FUZZ_CHECK(settings.max_session_count >= 1 && settings.max_session_count <= 100'000);
  FUZZ_CHECK(settings.max_queue_length >= 1 && settings.max_queue_length <= 10'000);
  FUZZ_CHECK(settings.max_history_length >= 1 && settings.max_history_length <= 1'000'000);
  FUZZ_CHECK(settings.max_code_bytes >= 1 && settings.max_code_bytes <= 512 << 10);
  FUZZ_CHECK(settings.max_inline_image_bytes >= 1);
  FUZZ_CHECK(settings.max_inline_image_bytes <= 3 << 20);
  FUZZ_CHECK(settings.first_session_uid >= 1 && settings.first_session_uid <= 2'000'000'000);
  for (absl::Duration value : {settings.interrupt_grace_period, settings.default_idle_timeout})
    FUZZ_CHECK(value > absl::ZeroDuration() && value <= absl::Hours(24 * 7));
  CheckLimitsInForce(settings.max_limits, UnboundedLimits());
  FUZZ_CHECK(!settings.images.empty());
  FUZZ_CHECK(settings.FindImage(settings.default_image) != nullptr);
  std::set<std::string> names;
  for (const ImageSettings& image : settings.images) {
    FUZZ_CHECK(names.insert(image.config.name()).second);
    FUZZ_CHECK(image.environment == OurFolder().Path("env"));
    CheckLimitsInForce(image.default_limits, settings.max_limits);
  }
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using carrel::OurFolder;
  google::protobuf::LogSilencer silence;
  const absl::string_view text = carrel::fuzz::FuzzInput(data, size).TakeRest();
  const size_t end = text.find(carrel::kSeparator);
  const absl::string_view image_text =
      end == absl::string_view::npos ? "" : text.substr(end + carrel::kSeparator.size());
  OurFolder().Write("server.textproto", text.substr(0, end));
  OurFolder().Write("images/minimal/image.textproto", image_text);

  carrel::internal::ImageConfig image;
  carrel::CheckText(OurFolder().Path("images/minimal/image.textproto"), &image);
  carrel::internal::ServerConfig server;
  carrel::CheckText(OurFolder().Path("server.textproto"), &server);

  // The code below opens paths, so they are replaced first.
  for (carrel::internal::ServedImage& served : *server.mutable_images()) {
    if (!served.config().empty()) served.set_config("images/minimal/image.textproto");
    if (!served.environment().empty()) served.set_environment("env");
  }
  std::string safe;
  FUZZ_CHECK(google::protobuf::TextFormat::PrintToString(server, &safe));
  OurFolder().Write("server.textproto", safe);
  auto settings = carrel::LoadServerSettings(OurFolder().Path("server.textproto"));
  if (settings.ok()) {
    carrel::CheckSettings(*settings);
  } else {
    carrel::CheckError(settings.status());
  }
  return 0;
}
