#include "sandbox/files/directory_walk.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/beneath.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};
using UniqueDir = std::unique_ptr<DIR, CloseDir>;

struct Entry {
  std::string sort_key;  // The name, and "/" after it if it is a directory.
  bool is_folder;
  bool is_regular;
};

// Takes ownership of `fd`.
UniqueDir ToDir(UniqueFd fd) {
  UniqueDir dir(fdopendir(fd.get()));
  // fdopendir owns the descriptor only if it succeeds.
  if (dir != nullptr) static_cast<void>(fd.release());
  return dir;
}

class Walker {
 public:
  Walker(const WalkOptions& options, absl::FunctionRef<WalkAction(const WalkEntry&)> visit)
      : options_(options), visit_(visit) {}

  // Recurses, at most to options_.max_depth. Returns false if the walk is to stop.
  bool WalkFolder(UniqueFd fd, size_t depth) {
    UniqueDir dir = ToDir(std::move(fd));
    if (dir == nullptr) {
      result_.unreadable = true;
      return true;
    }
    for (Entry& entry : ReadEntries(dir.get())) {
      std::string name = std::move(entry.sort_key);
      if (entry.is_folder) name.pop_back();
      const size_t parent_size = path_.size();
      if (depth > 1) path_.push_back('/');
      path_.append(name);
      const bool go_on = VisitEntry(dirfd(dir.get()), name, entry, depth);
      path_.resize(parent_size);
      if (!go_on) return false;
    }
    return true;
  }

  const WalkResult& result() const { return result_; }

 private:
  bool VisitEntry(int folder, const std::string& name, const Entry& entry, size_t depth) {
    const WalkAction action =
        visit_(WalkEntry{folder, name, path_, entry.is_folder, entry.is_regular});
    if (action == WalkAction::kStop) return false;
    if (!entry.is_folder || action == WalkAction::kSkip) return true;
    if (depth >= options_.max_depth) {
      result_.too_deep = true;
      return true;
    }
    absl::StatusOr<UniqueFd> child = OpenFolderAt(folder, name);
    if (!child.ok()) {
      // It may be gone, or something else by now. Otherwise it is unreadable.
      absl::StatusOr<struct stat> status = StatAt(folder, name);
      if (status.ok() && S_ISDIR(status->st_mode)) result_.unreadable = true;
      return true;
    }
    return WalkFolder(*std::move(child), depth + 1);
  }

  std::vector<Entry> ReadEntries(DIR* dir) {
    std::vector<Entry> entries;
    while (const struct dirent* item = readdir(dir)) {
      const absl::string_view name = item->d_name;
      if (name == "." || name == "..") continue;
      if (seen_ == options_.max_entries) {
        result_.out_of_entries = true;
        break;
      }
      ++seen_;
      entries.push_back(ToEntry(dirfd(dir), name, item->d_type));
    }
    if (options_.sorted) {
      std::sort(entries.begin(), entries.end(),
                [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; });
    }
    return entries;
  }

  static Entry ToEntry(int folder, absl::string_view name, unsigned char type) {
    bool is_folder = type == DT_DIR;
    bool is_regular = type == DT_REG;
    if (type == DT_UNKNOWN) {  // Some file systems do not report it.
      absl::StatusOr<struct stat> status = StatAt(folder, name);
      is_folder = status.ok() && S_ISDIR(status->st_mode);
      is_regular = status.ok() && S_ISREG(status->st_mode);
    }
    return Entry{absl::StrCat(name, is_folder ? "/" : ""), is_folder, is_regular};
  }

  const WalkOptions& options_;
  absl::FunctionRef<WalkAction(const WalkEntry&)> visit_;
  std::string path_;
  size_t seen_ = 0;
  WalkResult result_;
};

}  // namespace

WalkResult WalkBeneath(int root, const WalkOptions& options,
                       absl::FunctionRef<WalkAction(const WalkEntry&)> visit) {
  // A second descriptor is needed: a shared one would share its position in the directory.
  absl::StatusOr<UniqueFd> start = ReopenFolder(root);
  if (!start.ok()) {
    WalkResult result;
    result.unreadable = true;
    return result;
  }
  Walker walker(options, visit);
  walker.WalkFolder(*std::move(start), 1);
  return walker.result();
}

}  // namespace carrel
