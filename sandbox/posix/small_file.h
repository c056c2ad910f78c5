// Files of a few words, such as those of /proc and of cgroups, read and written at once.
#ifndef CARREL_SANDBOX_POSIX_SMALL_FILE_H_
#define CARREL_SANDBOX_POSIX_SMALL_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace carrel {

// Returns the whole text of the file.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);
// Writes `text` with one write(2). The file must exist.
absl::Status WriteSmallFile(const std::string& path, absl::string_view text);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_SMALL_FILE_H_
