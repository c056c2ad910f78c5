// The part of Cgroups that creates the hierarchy at startup and removes it at shutdown.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/cgroup_removal.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

constexpr const char* kControllers[] = {"cpu", "memory", "pids"};
constexpr absl::Duration kPatience = absl::Seconds(10);

absl::Status NotHere(absl::string_view why) { return absl::FailedPreconditionError(why); }

// Lists the controllers that are not in `there`, each with the sign: "+cpu +memory".
std::string Signed(absl::string_view sign, const std::set<std::string>& there = {}) {
  std::vector<std::string> words;
  for (const char* controller : kControllers)
    if (there.count(controller) == 0) words.push_back(absl::StrCat(sign, controller));
  return absl::StrJoin(words, " ");
}

std::set<std::string> WordsIn(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

int CountCpus() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

absl::StatusOr<CgroupPlace> FindOwnPlace() {
  absl::StatusOr<std::string> cgroup = ReadSmallFile("/proc/self/cgroup");
  absl::StatusOr<std::string> mounts = ReadSmallFile("/proc/self/mountinfo");
  if (!cgroup.ok() || !mounts.ok()) return NotHere("/proc does not tell this process's cgroup");
  absl::StatusOr<CgroupPlace> place = FindCgroupPlace(*cgroup, *mounts);
  if (place.ok() && place->read_only)
    return NotHere(absl::StrCat(place->mount, " is mounted read-only"));
  return place;
}

absl::Status CheckControllers(const CgroupPlace& place) {
  absl::StatusOr<std::string> text = ReadSmallFile(place.directory + "/cgroup.controllers");
  if (!text.ok()) return NotHere(text.status().message());
  const std::string missing = Signed("", WordsIn(*text));
  if (missing.empty()) return absl::OkStatus();
  return NotHere(absl::StrCat(place.directory, " lacks controllers (", missing,
                              "), which its parent does not hand on or cgroup v1 has"));
}

// Returns "carrel-<identity of the directory>.": the identity is unique among the directories of a
// running machine, and stays the same across restarts of carreld.
absl::StatusOr<std::string> NameOf(const std::string& directory) {
  struct stat status;
  if (stat(directory.c_str(), &status) != 0) return absl::ErrnoToStatus(errno, directory);
  return absl::StrCat("carrel-", absl::Hex(status.st_dev), "-", status.st_ino, ".");
}

absl::Status EndEarlierLives(const CgroupPlace& place, const std::string& name) {
  std::vector<std::string> earlier;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(place.directory, error))
    if (absl::StartsWith(entry.path().filename().string(), name))
      earlier.push_back(entry.path().string());
  for (const std::string& path : earlier)
    if (!EndCgroup(path, kPatience))
      return absl::InternalError(
          absl::StrCat("processes of an earlier carreld in ", path, " do not end"));
  return absl::OkStatus();
}

absl::Status Step(const absl::Status& done, absl::string_view advice = "") {
  return done.ok() ? done : NotHere(absl::StrCat(done.message(), advice));
}

absl::Status MakeCgroup(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0) return absl::OkStatus();
  return NotHere(absl::StrCat("cannot make ", path, ": ", strerror(errno)));
}

absl::Status Apply(const std::string& path, const CgroupSettings& settings) {
  for (const auto& [file, value] : settings)
    if (absl::Status done = Step(WriteSmallFile(absl::StrCat(path, "/", file), value)); !done.ok())
      return done;
  return absl::OkStatus();
}

}  // namespace

Cgroups::Cgroups(CgroupPlace place, std::string top)
    : place_(std::move(place)),
      top_(std::move(top)),
      control_(top_ + "/control"),
      sessions_(top_ + "/sessions"),
      cpus_(CountCpus()) {}

absl::StatusOr<std::unique_ptr<Cgroups>> Cgroups::Claim(const std::string& directory) {
  absl::StatusOr<CgroupPlace> place = FindOwnPlace();
  if (!place.ok()) return place.status();
  if (absl::Status status = CheckControllers(*place); !status.ok()) return status;
  absl::StatusOr<std::string> name = NameOf(directory);
  if (!name.ok()) return name.status();
  if (absl::Status status = EndEarlierLives(*place, *name); !status.ok()) return status;
  std::string top = absl::StrCat(place->directory, "/", *name,
                                 absl::Hex(static_cast<uint64_t>(absl::GetCurrentTimeNanos())));
  std::unique_ptr<Cgroups> cgroups(new Cgroups(*std::move(place), std::move(top)));
  absl::Status made = cgroups->SetUp();
  if (made.ok()) return cgroups;
  cgroups->Dismantle();
  return made;
}

absl::Status Cgroups::SetUp() {
  const std::string hand_on = Signed("+");
  for (const std::string& path : {top_, control_})
    if (absl::Status status = MakeCgroup(path); !status.ok()) return status;
  if (!Exists(top_ + "/cgroup.kill")) return NotHere("cgroup.kill needs Linux 5.14");
  // This step comes first: except for the root, a cgroup has either processes or controllers
  // enabled for its children.
  absl::Status status = Step(WriteSmallFile(control_ + "/cgroup.procs", "0"));
  if (status.ok()) status = HandOnFromOwn();
  if (status.ok()) status = Step(WriteSmallFile(top_ + "/cgroup.subtree_control", hand_on));
  if (status.ok()) status = MakeCgroup(sessions_);
  if (status.ok()) status = Step(WriteSmallFile(sessions_ + "/cgroup.subtree_control", hand_on));
  if (status.ok()) status = Apply(control_, SettingsOfControl());
  if (status.ok()) status = Apply(sessions_, SettingsOfAllSessions(MeasureMachine(place_)));
  has_swap_file_ = Exists(sessions_ + "/memory.swap.max");
  if (status.ok() && !has_swap_file_ && Exists("/proc/swaps"))
    return NotHere("this kernel does not count swap (swapaccount=0)");
  return status;
}

absl::Status Cgroups::HandOnFromOwn() {
  const std::string file = place_.directory + "/cgroup.subtree_control";
  absl::StatusOr<std::string> before = ReadSmallFile(file);
  if (!before.ok()) return NotHere(before.status().message());
  absl::Status status = Step(WriteSmallFile(file, Signed("+", WordsIn(*before))),
                             "; are other processes in this cgroup? carreld needs one of its own");
  // Other processes may by now rely on the controllers of the root. Any other cgroup belongs to
  // carreld, and accepts processes again only when it enables no controllers for its children.
  const bool is_root = !Exists(place_.directory + "/cgroup.events");
  if (status.ok() && !is_root) take_back_ = Signed("-", WordsIn(*before));
  return status;
}

void Cgroups::Dismantle() {
  EndCgroup(sessions_, kPatience);
  if (!take_back_.empty()) {
    WriteSmallFile(top_ + "/cgroup.subtree_control", Signed("-")).IgnoreError();
    WriteSmallFile(place_.directory + "/cgroup.subtree_control", take_back_).IgnoreError();
  }
  WriteSmallFile(place_.directory + "/cgroup.procs", "0").IgnoreError();
  // A process that announced its end by closing a socket may not have exited yet.
  if (AwaitEmptyCgroup(top_, kPatience)) RemoveCgroup(top_, kPatience);
}

}  // namespace carrel
