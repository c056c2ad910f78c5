// Labels and environment variables, which callers give a session.
#ifndef CARREL_SERVICE_MODEL_LABELS_H_
#define CARREL_SERVICE_MODEL_LABELS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/map.h"

namespace carrel {

using Labels = google::protobuf::Map<std::string, std::string>;

// Maximum length of a key, and of a value.
inline constexpr size_t kMaxLabelBytes = 63;

// True if `key` matches [a-z]([a-z0-9_-]*) and has at most 63 bytes.
bool IsLabelKey(absl::string_view key);

// Environment variables, sorted by name.
using Environment = std::vector<std::pair<std::string, std::string>>;

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_LABELS_H_
