#include "service/config/data_directory.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sandbox/files/workspace.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(absl::string_view what, const std::string& path, const char* why) {
  return absl::FailedPreconditionError(absl::StrCat(what, " ", path, ": ", why));
}

// A marker file: everything in the directory belongs to Carrel and may be changed and deleted.
constexpr char kMarker[] = "/carrel-data";

// Refuses a directory that holds anything else, before anything in it is touched: the files of
// earlier sessions are deleted at every start.
absl::Status CheckIsOurs(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error) || fs::exists(path + kMarker, error) || fs::is_empty(path, error))
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("data_directory ", path,
                   " holds files that are not Carrel's; name an empty or a new folder"));
}

absl::Status Mark(const std::string& path) {
  const std::string marker = path + kMarker;
  UniqueFd fd(open(marker.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  return fd.valid() ? absl::OkStatus() : Failed("cannot write", marker, strerror(errno));
}

// Makes `path` if it is missing. Others may traverse it, but not list it: a session's process has
// to reach its own directory.
absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Failed("data_directory cannot be made:", path, error.message().c_str());
  if (chmod(path.c_str(), 0711) != 0)
    return Failed("data_directory cannot be set up:", path, strerror(errno));
  return absl::OkStatus();
}

absl::Status RemoveOldSessions(const std::string& path) {
  std::error_code error;
  std::vector<std::string> old;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
    old.push_back(entry.path().string());
  if (error) return Failed("data_directory cannot be read:", path, error.message().c_str());
  for (const std::string& session : old)
    if (absl::Status status = Workspace::Destroy(session); !status.ok()) return status;
  if (!old.empty()) spdlog::info("removed {} sessions that an earlier carreld left", old.size());
  return absl::OkStatus();
}

}  // namespace

DataDirectory::DataDirectory(UniqueFd lock, std::string sessions_directory)
    : lock_(std::move(lock)), sessions_directory_(std::move(sessions_directory)) {}

absl::StatusOr<DataDirectory> DataDirectory::Claim(const std::string& path) {
  if (absl::Status status = CheckIsOurs(path); !status.ok()) return status;
  if (absl::Status status = MakeFolder(path); !status.ok()) return status;
  if (absl::Status status = Mark(path); !status.ok()) return status;
  const std::string lock_file = path + "/lock";
  UniqueFd lock(open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return Failed("cannot open", lock_file, strerror(errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("another carreld uses ", path, "; stop it or choose another data_directory"));
  }
  DataDirectory directory(std::move(lock), path + "/sessions");
  if (absl::Status status = MakeFolder(directory.sessions_directory()); !status.ok()) return status;
  if (absl::Status status = RemoveOldSessions(directory.sessions_directory()); !status.ok())
    return status;
  return directory;
}

}  // namespace carrel
