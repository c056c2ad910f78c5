#include "service/config/server_config.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "sandbox/files/path_name.h"
#include "service/model/limits.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxCodeBytes = 512 << 10;
constexpr int64_t kMaxInlineImageBytes = 3 << 20;
// Maximum number of warm interpreters of one image.
constexpr int kDefaultMaxWarm = 32;
constexpr uint32_t kDefaultFirstUid = 700'000;

// Keeps the first error of a text format parse.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!text_.empty()) return;
    text_ = absl::StrCat(line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::Status Bad(const std::string& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

std::string Resolve(const std::string& file, const std::string& path) {
  return (fs::absolute(file).parent_path() / path).lexically_normal().string();
}

// Only loopback addresses are accepted: there is no authentication.
bool IsLoopbackOrUnix(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return address.size() > 5;
  size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > 65535)
    return false;
  std::string host = address.substr(0, colon);
  if (host == "localhost" || host == "[::1]") return true;
  int octets[3];
  char rest = 0;
  return sscanf(host.c_str(), "127.%3d.%3d.%3d%c", &octets[0], &octets[1], &octets[2], &rest) == 3;
}

bool IsImageName(absl::string_view name) {
  if (name.empty() || name.size() > 63 || !absl::ascii_islower(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// Checks the limits of a configuration: like a request's, but without a maximum.
absl::Status CheckConfiguredLimits(const std::string& file, absl::string_view field,
                                   const v1::Limits& limits) {
  absl::Status status = CheckLimits(field, limits, UnboundedLimits());
  return status.ok() ? status : Bad(file, status.message());
}

absl::StatusOr<ImageSettings> LoadImage(const std::string& server_file,
                                        const internal::ServedImage& served,
                                        const v1::Limits& max_limits) {
  ImageSettings image;
  if (served.config().empty()) return Bad(server_file, "an entry of images has no config");
  const std::string file = Resolve(server_file, served.config());
  if (absl::Status status = ParseTextFile(file, &image.config); !status.ok()) return status;
  if (!IsImageName(image.config.name())) return Bad(file, "name must match [a-z][a-z0-9-]{0,62}");
  const std::string folder = fs::path(file).parent_path().filename().string();
  if (folder != image.config.name())
    return Bad(file, absl::StrCat("name is \"", image.config.name(), "\", but its folder is \"",
                                  folder, "\""));
  if (absl::Status status =
          CheckConfiguredLimits(file, "default_limits", image.config.default_limits());
      !status.ok())
    return status;
  image.default_limits =
      ClampedTo(WithFallback(image.config.default_limits(), DefaultSessionLimits()), max_limits);
  image.environment = Resolve(server_file, served.environment());
  std::error_code error;
  if (served.environment().empty() || !fs::exists(image.environment + "/bin/python", error))
    return Bad(server_file,
               absl::StrCat("image \"", image.config.name(), "\": ", image.environment,
                            " is not a Python environment; make it with: ./dev setup"));
  return image;
}

absl::Status LoadImages(const std::string& file, const internal::ServerConfig& config,
                        ServerSettings* settings) {
  if (config.images().empty()) return Bad(file, "names no image to serve (images { ... })");
  absl::flat_hash_set<std::string> names;
  for (const internal::ServedImage& served : config.images()) {
    absl::StatusOr<ImageSettings> image = LoadImage(file, served, settings->max_limits);
    if (!image.ok()) return image.status();
    if (!names.insert(image->config.name()).second)
      return Bad(file, absl::StrCat("serves image \"", image->config.name(), "\" twice"));
    settings->images.push_back(*std::move(image));
  }
  settings->default_image =
      config.default_image().empty() ? settings->images[0].config.name() : config.default_image();
  if (!names.contains(settings->default_image))
    return Bad(file, absl::StrCat("default_image \"", settings->default_image,
                                  "\" is not one of its images"));
  return absl::OkStatus();
}

// Sets `result` to `value`, or to `fallback` if it is 0; an error unless it is 1 to `max`.
template <typename T>
absl::Status Number(const std::string& file, absl::string_view field, T value, T fallback, T max,
                    T* result) {
  *result = value == 0 ? fallback : value;
  if (*result >= 1 && *result <= max) return absl::OkStatus();
  return Bad(file, absl::StrCat(field, " must be between 1 and ", max));
}

absl::Status LoadNumbers(const std::string& file, const internal::ServerConfig& config,
                         ServerSettings* settings) {
  absl::Status status;
  status.Update(Number(file, "max_session_count", config.max_session_count(), 1000, 100'000,
                       &settings->max_session_count));
  status.Update(Number(file, "max_queue_length", config.max_queue_length(), 16, 10'000,
                       &settings->max_queue_length));
  status.Update(Number(file, "max_history_length", config.max_history_length(), 1000, 1'000'000,
                       &settings->max_history_length));
  if (config.max_history_memory_bytes() < 0)
    status.Update(Bad(file, "max_history_memory_bytes is negative"));
  settings->max_history_memory_bytes = config.max_history_memory_bytes();
  status.Update(Number(file, "max_code_bytes", config.max_code_bytes(), kMaxCodeBytes,
                       kMaxCodeBytes, &settings->max_code_bytes));
  status.Update(Number(file, "max_inline_image_bytes", config.max_inline_image_bytes(),
                       int64_t{1} << 20, kMaxInlineImageBytes, &settings->max_inline_image_bytes));
  status.Update(Number(file, "first_session_uid", config.first_session_uid(), kDefaultFirstUid,
                       uint32_t{2'000'000'000}, &settings->first_session_uid));
  const int32_t warm = config.max_warm_interpreter_count();
  settings->max_warm_interpreter_count = warm == 0 ? kDefaultMaxWarm : std::max(warm, 0);
  return status;
}

absl::Status LoadDurations(const std::string& file, const internal::ServerConfig& config,
                           ServerSettings* settings) {
  struct Item {
    absl::string_view field;
    bool set;
    const google::protobuf::Duration& proto;
    absl::Duration fallback;
    absl::Duration* result;
  };
  const Item items[] = {
      {"interrupt_grace_period", config.has_interrupt_grace_period(),
       config.interrupt_grace_period(), absl::Seconds(3), &settings->interrupt_grace_period},
      {"default_idle_timeout", config.has_default_idle_timeout(), config.default_idle_timeout(),
       absl::Hours(1), &settings->default_idle_timeout},
      {"transfer_idle_timeout", config.has_transfer_idle_timeout(), config.transfer_idle_timeout(),
       absl::Seconds(30), &settings->transfer_idle_timeout},
  };
  for (const Item& item : items) {
    *item.result = item.fallback;
    if (!item.set) continue;
    absl::StatusOr<absl::Duration> value =
        ParseDuration(item.field, item.proto, absl::Hours(24 * 7));
    if (!value.ok()) return Bad(file, value.status().message());
    if (*value == absl::ZeroDuration()) return Bad(file, absl::StrCat(item.field, " is zero"));
    *item.result = *value;
  }
  return absl::OkStatus();
}

absl::Status LoadAddresses(const std::string& file, const internal::ServerConfig& config,
                           ServerSettings* settings) {
  if (config.listen().empty())
    return Bad(file, "has no address to listen on (listen: \"127.0.0.1:7411\")");
  for (const std::string& address : config.listen()) {
    if (!IsLoopbackOrUnix(address)) {
      return Bad(file, absl::StrCat("listen \"", address,
                                    "\" is refused: there is no authentication yet, so it must be "
                                    "127.0.0.1:PORT, [::1]:PORT, localhost:PORT or unix:/PATH"));
    }
    settings->listen.push_back(
        absl::StartsWith(address, "unix:") ? "unix:" + Resolve(file, address.substr(5)) : address);
  }
  return absl::OkStatus();
}

}  // namespace

const ImageSettings* ServerSettings::FindImage(absl::string_view name) const {
  for (const ImageSettings& image : images)
    if (image.config.name() == name) return &image;
  return nullptr;
}

absl::Status ParseTextFile(const std::string& file, google::protobuf::Message* message) {
  std::error_code error;
  if (fs::is_directory(file, error)) return Bad(file, "is a directory");
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream.is_open() || stream.bad())
    return absl::NotFoundError(absl::StrCat(file, ": cannot be read: ", strerror(errno)));
  FirstError first;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&first);
  if (parser.ParseFromString(text.str(), message)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file, ":", first.text()));
}

absl::StatusOr<ServerSettings> LoadServerSettings(const std::string& file) {
  internal::ServerConfig config;
  if (absl::Status status = ParseTextFile(file, &config); !status.ok()) return status;
  ServerSettings settings;
  if (config.data_directory().empty())
    return Bad(file, "data_directory is missing (where sessions' files live)");
  settings.data_directory = Resolve(file, config.data_directory());
  if (absl::Status status = CheckConfiguredLimits(file, "max_limits", config.max_limits());
      !status.ok())
    return status;
  settings.max_limits = WithFallback(config.max_limits(), DefaultMaxLimits());
  for (auto load : {LoadAddresses, LoadNumbers, LoadDurations, LoadImages})
    if (absl::Status status = load(file, config, &settings); !status.ok()) return status;
  return settings;
}

}  // namespace carrel
