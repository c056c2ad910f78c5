#include "sandbox/cgroup/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "sandbox/cgroup/cgroup_removal.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

int64_t NumberIn(const std::string& path, absl::string_view file, absl::string_view key) {
  absl::StatusOr<std::string> text = ReadSmallFile(absl::StrCat(path, "/", file));
  return text.ok() ? NumberAfter(*text, key) : 0;
}

}  // namespace

// ------------------------------------------------------------------- one session

SessionCgroup::~SessionCgroup() {
  if (ended_) return;
  WriteSmallFile(path_ + "/cgroup.kill", "1").IgnoreError();
  cgroups_->Leave(path_);
}

absl::StatusOr<UniqueFd> SessionCgroup::Open() const {
  UniqueFd fd(open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, path_);
  return fd;
}

CgroupEnding SessionCgroup::End() {
  CgroupEnding ending;
  ended_ = true;
  // The files are gone once the cgroup is removed, and a process killed below has not died of
  // memory.
  ending.killed_for_memory = NumberIn(path_, "memory.events", "oom_kill") > 0;
  ending.over_own_limit = NumberIn(path_, "memory.events", "oom") > 0;
  ending.cpu = absl::Microseconds(NumberIn(path_, "cpu.stat", "usage_usec"));
  absl::StatusOr<std::string> peak = ReadSmallFile(path_ + "/memory.peak");
  if (!peak.ok() || !absl::SimpleAtoi(absl::StripAsciiWhitespace(*peak), &ending.peak_memory_bytes))
    ending.peak_memory_bytes = 0;
  if (!EndCgroup(path_, kPatience)) cgroups_->Leave(path_);
  return ending;
}

// ------------------------------------------------------------------ all sessions

absl::StatusOr<std::unique_ptr<SessionCgroup>> Cgroups::Make(const CgroupLimits& bounds,
                                                             uint32_t uid) {
  EndLeft(sessions_, absl::ZeroDuration());
  const std::string path = PathFor(absl::StrCat(uid, ".", next_.fetch_add(1)));
  if (mkdir(path.c_str(), 0755) != 0) return absl::ErrnoToStatus(errno, "mkdir " + path);
  auto made = std::make_unique<SessionCgroup>(this, path);
  for (const auto& [file, value] : SettingsOf(bounds)) {
    if (file == "memory.swap.max" && !has_swap_file_) continue;
    absl::Status written = WriteSmallFile(absl::StrCat(path, "/", file), value);
    if (!written.ok()) return written;  // The destructor of `made` removes the cgroup.
  }
  return made;
}

void Cgroups::Leave(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  left_.push_back(path);
}

bool Cgroups::EndLeft(absl::string_view prefix, absl::Duration patience) {
  std::vector<std::string> left;
  {
    absl::MutexLock lock(&mutex_);
    left = left_;
  }
  bool ended = true;
  for (const std::string& path : left) {
    if (!absl::StartsWith(path, prefix)) continue;
    // Another thread may do the same concurrently, which does no harm.
    if (!EndCgroup(path, patience)) {
      ended = false;
      continue;
    }
    absl::MutexLock lock(&mutex_);
    left_.erase(std::remove(left_.begin(), left_.end(), path), left_.end());
  }
  return ended;
}

bool Cgroups::EndAllOf(uint32_t uid) { return EndLeft(PathFor(absl::StrCat(uid, ".")), kPatience); }

absl::StatusOr<std::string> Cgroups::PathOfSession(int pid) const {
  absl::StatusOr<std::string> cgroup = ReadSmallFile(absl::StrCat("/proc/", pid, "/cgroup"));
  if (!cgroup.ok()) return cgroup.status();
  absl::StatusOr<std::string> mounts = ReadSmallFile("/proc/self/mountinfo");
  if (!mounts.ok()) return mounts.status();
  absl::StatusOr<CgroupPlace> found = FindCgroupPlace(*cgroup, *mounts);
  if (!found.ok()) return found.status();
  if (!absl::StartsWith(found->directory, sessions_ + "/"))
    return absl::NotFoundError(absl::StrCat("process ", pid, " is in no session's cgroup"));
  return found->directory;
}

absl::Status Cgroups::KillSessionOf(int pid) const {
  absl::StatusOr<std::string> path = PathOfSession(pid);
  if (!path.ok()) return path.status();
  return WriteSmallFile(*path + "/cgroup.kill", "1");
}

int64_t Cgroups::NumberOfSession(int pid, absl::string_view file, absl::string_view key) const {
  absl::StatusOr<std::string> path = PathOfSession(pid);
  return path.ok() ? NumberIn(*path, file, key) : 0;
}

}  // namespace carrel
