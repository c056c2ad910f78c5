#include "sandbox/cgroup/cgroup_place.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

// The kernel writes a space, tab, newline or backslash in a path as an octal escape such as \040.
std::string Unescape(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size();
    plain += escaped ? static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                         (text[i + 3] - '0'))
                     : text[i];
    if (escaped) i += 3;
  }
  return plain;
}

bool HasOption(absl::string_view options, absl::string_view wanted) {
  for (absl::string_view option : absl::StrSplit(options, ','))
    if (option == wanted) return true;
  return false;
}

// A line of mountinfo (proc(5)) about a mount of cgroup v2.
struct Mount {
  std::string root;  // The directory of the file system that the mount point shows.
  std::string point;
  bool read_only = false;
};

bool ParseMount(absl::string_view line, Mount* mount) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
  if (fields.size() < 6) return false;
  const auto dash = std::find(fields.begin() + 6, fields.end(), absl::string_view("-"));
  if (fields.end() - dash < 4 || dash[1] != "cgroup2") return false;
  mount->root = Unescape(fields[3]);
  mount->point = Unescape(fields[4]);
  mount->read_only = HasOption(fields[5], "ro") || HasOption(dash[3], "ro");
  return true;
}

// Sets `rest` to `path` relative to `root`: "" or "/…". Returns false if it is not below `root`.
bool Below(absl::string_view path, absl::string_view root, absl::string_view* rest) {
  absl::ConsumeSuffix(&path, "/");
  absl::ConsumeSuffix(&root, "/");
  if (!absl::ConsumePrefix(&path, root) || (!path.empty() && path[0] != '/')) return false;
  *rest = path;
  return true;
}

absl::StatusOr<std::string> OwnPath(absl::string_view cgroup) {
  for (absl::string_view line : absl::StrSplit(cgroup, '\n')) {
    if (!absl::ConsumePrefix(&line, "0::")) continue;
    // The cgroup is outside the cgroup namespace, or removed.
    if (absl::StartsWith(line, "/..") || absl::EndsWith(line, " (deleted)")) break;
    return std::string(line);
  }
  return absl::FailedPreconditionError("this process is in no cgroup of version 2 that it can see");
}

// Calls `function` with the text of each file of that name, from the process's own cgroup upwards.
template <typename Function>
void ForEachAbove(const CgroupPlace& place, absl::string_view file, Function function) {
  std::string directory = place.directory;
  while (directory.size() >= place.mount.size()) {
    absl::StatusOr<std::string> text = ReadSmallFile(absl::StrCat(directory, "/", file));
    if (text.ok()) function(absl::StripAsciiWhitespace(*text));
    directory.resize(std::min(directory.size(), directory.rfind('/')));
  }
}

}  // namespace

absl::StatusOr<CgroupPlace> FindCgroupPlace(absl::string_view cgroup, absl::string_view mountinfo) {
  absl::StatusOr<std::string> own = OwnPath(cgroup);
  if (!own.ok()) return own.status();
  absl::StatusOr<CgroupPlace> found =
      absl::FailedPreconditionError("cgroup v2 is not mounted where this process's cgroup shows");
  for (absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    Mount mount;
    absl::string_view rest;
    if (!ParseMount(line, &mount) || !Below(*own, mount.root, &rest)) continue;
    if (found.ok() && (!found->read_only || mount.read_only)) continue;
    found = CgroupPlace{mount.point, absl::StrCat(mount.point, rest), mount.read_only};
  }
  return found;
}

int64_t LeastOf(const CgroupPlace& place, absl::string_view file, int64_t machine) {
  int64_t least = machine;
  ForEachAbove(place, file, [&least](absl::string_view text) {
    int64_t value;
    // The value "max" is not a number.
    if (absl::SimpleAtoi(text, &value)) least = std::min(least, value);
  });
  return least;
}

double LeastCpuQuota(const CgroupPlace& place) {
  double least = 0;
  ForEachAbove(place, "cpu.max", [&least](absl::string_view text) {
    const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
    double quota, period;
    if (words.size() != 2 || !absl::SimpleAtod(words[0], &quota) ||
        !absl::SimpleAtod(words[1], &period) || period <= 0)
      return;
    if (least == 0 || quota / period < least) least = quota / period;
  });
  return least;
}

}  // namespace carrel
