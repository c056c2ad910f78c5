#include "sandbox/cgroup/cgroup_removal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "sandbox/posix/small_file.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

constexpr absl::Duration kRest = absl::Milliseconds(2);

bool IsPopulated(absl::string_view events) { return NumberAfter(events, "populated") != 0; }

}  // namespace

int64_t NumberAfter(absl::string_view text, absl::string_view key) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    int64_t number;
    if (absl::ConsumePrefix(&line, key) && absl::ConsumePrefix(&line, " ") &&
        absl::SimpleAtoi(line, &number))
      return number;
  }
  return 0;
}

bool IsCgroupEmpty(const std::string& path) {
  absl::StatusOr<std::string> events = ReadSmallFile(path + "/cgroup.events");
  return events.ok() ? !IsPopulated(*events) : absl::IsNotFound(events.status());
}

bool AwaitEmptyCgroup(const std::string& path, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  UniqueFd events(open((path + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  if (!events.valid()) return errno == ENOENT;
  for (;;) {
    char text[256];
    const ssize_t n = pread(events.get(), text, sizeof(text), 0);
    if (n < 0) return errno == ENODEV;  // The cgroup was removed meanwhile.
    if (!IsPopulated(absl::string_view(text, static_cast<size_t>(n)))) return true;
    const int64_t left = absl::ToInt64Milliseconds(end - absl::Now());
    if (left <= 0) return false;
    // The file becomes readable out of band when it has changed since it was last read.
    pollfd change{events.get(), POLLPRI, 0};
    poll(&change, 1, static_cast<int>(std::min<int64_t>(left, 1000)));
  }
}

bool RemoveCgroup(const std::string& path, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error))
    if (entry.is_directory(error) && !RemoveCgroup(entry.path().string(), end - absl::Now()))
      return false;
  // A process that has just died may count for a moment longer.
  while (rmdir(path.c_str()) != 0) {
    if (errno == ENOENT) return true;
    if (errno != EBUSY || absl::Now() >= end) return false;
    absl::SleepFor(kRest);
  }
  return true;
}

bool EndCgroup(const std::string& path, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  if (!IsCgroupEmpty(path)) {
    WriteSmallFile(path + "/cgroup.kill", "1").IgnoreError();
    if (!AwaitEmptyCgroup(path, patience)) return false;
  }
  return RemoveCgroup(path, std::max(end - absl::Now(), absl::ZeroDuration()));
}

}  // namespace carrel
