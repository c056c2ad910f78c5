#include "sandbox/processes/process_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace carrel {
namespace {

// The index of the start time, which is field 22 of proc(5), among the fields that follow the
// process name. The name is in parentheses and may contain anything.
constexpr size_t kStartTimeField = 19;

// Returns NotFound if there is no such process.
absl::StatusOr<uint64_t> StartTimeOf(pid_t pid) {
  UniqueFd file(open(absl::StrCat("/proc/", pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file ? read(file.get(), text, sizeof(text)) : -1;
  if (size < 0) return absl::ErrnoToStatus(errno, "/proc/<pid>/stat");
  const absl::string_view line(text, static_cast<size_t>(size));
  const size_t name_end = line.rfind(") ");
  if (name_end == absl::string_view::npos) return absl::InternalError("/proc/<pid>/stat");
  const std::vector<absl::string_view> fields = absl::StrSplit(line.substr(name_end + 2), ' ');
  uint64_t start = 0;
  if (fields.size() <= kStartTimeField || !absl::SimpleAtoi(fields[kStartTimeField], &start))
    return absl::InternalError("/proc/<pid>/stat");
  return start;
}

bool HasEnded(const UniqueFd& pidfd) {
  pollfd process{pidfd.get(), POLLIN, 0};
  return poll(&process, 1, 0) != 0;
}

}  // namespace

absl::optional<ProcessIdentity> ProcessIdentity::Of(pid_t pid, const UniqueFd& pidfd) {
  absl::StatusOr<uint64_t> start = StartTimeOf(pid);
  // The process still lives, and so had this pid all the time: the start time is its own.
  if (!start.ok() || HasEnded(pidfd)) return absl::nullopt;
  return ProcessIdentity(pid, *start);
}

absl::StatusOr<UniqueFd> ProcessIdentity::Open() const {
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd && errno == ESRCH) return absl::NotFoundError("the process is gone");
  if (!pidfd) return absl::ErrnoToStatus(errno, "pidfd_open");
  absl::StatusOr<uint64_t> start = StartTimeOf(pid_);
  if (absl::IsNotFound(start.status())) return absl::NotFoundError("the process is gone");
  if (!start.ok()) return start.status();
  if (*start != start_) return absl::NotFoundError("another process has its pid");
  return pidfd;
}

}  // namespace carrel
