// The directory in which carreld keeps what sessions store.
#ifndef CARREL_SERVICE_CONFIG_DATA_DIRECTORY_H_
#define CARREL_SERVICE_CONFIG_DATA_DIRECTORY_H_

#include <string>

#include "absl/status/statusor.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// Exclusive use of a data directory for the lifetime of this object.
class DataDirectory {
 public:
  // Makes the directory if it is missing and locks it; FailedPrecondition if another carreld has
  // it. Removes the sessions of an earlier process: they have no owner.
  static absl::StatusOr<DataDirectory> Claim(const std::string& path);

  const std::string& sessions_directory() const { return sessions_directory_; }

 private:
  DataDirectory(UniqueFd lock, std::string sessions_directory);
  UniqueFd lock_;
  std::string sessions_directory_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_CONFIG_DATA_DIRECTORY_H_
