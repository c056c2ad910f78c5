// Files of /proc and of cgroups: a few words, read and written at once.
#ifndef CARREL_SANDBOX_POSIX_SMALL_FILE_H_
#define CARREL_SANDBOX_POSIX_SMALL_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace carrel {

// Its whole text.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);
// Writes `text` by one write(2). The file must exist.
absl::Status WriteSmallFile(const std::string& path, absl::string_view text);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_SMALL_FILE_H_
