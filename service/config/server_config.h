// The configuration of carreld, validated and with defaults filled in.
#ifndef CARREL_SERVICE_CONFIG_SERVER_CONFIG_H_
#define CARREL_SERVICE_CONFIG_SERVER_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "carrel/internal/image_config.pb.h"
#include "carrel/internal/server_config.pb.h"
#include "carrel/v1/code_interpreter.pb.h"

namespace carrel {

// An image that the server offers.
struct ImageSettings {
  internal::ImageConfig config;
  std::string environment;    // Absolute path of its Python environment.
  v1::Limits default_limits;  // Complete, and within the server's maximum.
};

// Every field has its value; every path is absolute.
struct ServerSettings {
  std::vector<std::string> listen;
  std::string data_directory;
  std::vector<ImageSettings> images;
  std::string default_image;
  v1::Limits max_limits;
  int max_session_count = 0;
  int max_queue_length = 0;
  int max_history_length = 0;
  int64_t max_history_memory_bytes = 0;  // A share of the machine's if 0.
  int64_t max_code_bytes = 0;
  int64_t max_inline_image_bytes = 0;
  absl::Duration interrupt_grace_period;
  absl::Duration default_idle_timeout;
  absl::Duration transfer_idle_timeout;
  uint32_t first_session_uid = 0;
  int max_warm_interpreter_count = 0;

  const ImageSettings* FindImage(absl::string_view name) const;
};

// Reads the configuration in `file` and those of its images. The error is one line for the person
// who wrote it: file, line and column, what is wrong, how to fix it.
absl::StatusOr<ServerSettings> LoadServerSettings(const std::string& file);

// Parses text format; the error starts with "file:line:column: ".
absl::Status ParseTextFile(const std::string& file, google::protobuf::Message* message);

}  // namespace carrel

#endif  // CARREL_SERVICE_CONFIG_SERVER_CONFIG_H_
