#include "sandbox/changes/workspace_scan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "sandbox/files/beneath.h"
#include "sandbox/files/directory_walk.h"

namespace carrel {
namespace {

// Byte code and notebook check points are side effects of importing and saving; nobody asked for
// them.
constexpr absl::string_view kPrivateAnywhere[] = {"__pycache__", ".ipynb_checkpoints"};
// The workspace is also HOME, where libraries keep caches and settings: font lists,
// shell history, compiled kernels. The caller did not ask for those either.
constexpr absl::string_view kPrivateInHome[] = {".cache", ".config", ".local", ".ipython",
                                                ".jupyter"};

template <size_t N>
bool Contains(const absl::string_view (&names)[N], absl::string_view name) {
  return std::find(names, names + N, name) != names + N;
}

}  // namespace

bool IsPrivateToPrograms(absl::string_view path) {
  bool in_home = true;
  for (absl::string_view component : absl::StrSplit(path, '/')) {
    if (Contains(kPrivateAnywhere, component)) return true;
    if (in_home && Contains(kPrivateInHome, component)) return true;
    in_home = false;
  }
  return false;
}

bool IsListed(absl::string_view path) {
  return WorkspacePath::Parse(path).ok() && !IsPrivateToPrograms(path);
}

absl::StatusOr<Snapshot> Snapshot::Take(const Workspace& workspace, size_t max_entries) {
  absl::StatusOr<UniqueFd> files = workspace.OpenFiles();
  if (!files.ok()) return files.status();
  Snapshot snapshot;
  WalkOptions walk;
  walk.max_entries = max_entries;
  walk.max_depth = WorkspacePath::kMaxDepth;
  const WalkResult result = WalkBeneath(files->get(), walk, [&snapshot](const WalkEntry& entry) {
    if (!IsListed(entry.path)) return WalkAction::kSkip;
    if (!entry.is_regular) return WalkAction::kContinue;
    absl::StatusOr<struct stat> status = StatAt(entry.folder, entry.name);
    if (status.ok() && S_ISREG(status->st_mode)) {
      snapshot.truncated_ = snapshot.name_bytes_ + entry.path.size() > kMaxNameBytes;
      if (snapshot.truncated_) return WalkAction::kStop;
      snapshot.Set(entry.path, FileVersion::Of(*status));
      if (status->st_nlink > 1) snapshot.linked_.push_back(entry.path);
    }
    return WalkAction::kContinue;
  });
  snapshot.truncated_ |= result.out_of_entries || result.unreadable;
  return snapshot;
}

const FileVersion* Snapshot::Find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

void Snapshot::Set(const std::string& path, const absl::optional<FileVersion>& version) {
  if (version.has_value()) {
    if (files_.insert_or_assign(path, *version).second) name_bytes_ += path.size();
  } else if (files_.erase(path) > 0) {
    name_bytes_ -= path.size();
  }
}

void Snapshot::Record(const FileInfo& file) {
  if (!IsPrivateToPrograms(file.path.str())) Set(file.path.str(), file.version);
}

void Snapshot::Forget(const WorkspacePath& path) { Set(path.str(), absl::nullopt); }

Changes Diff(const Snapshot& before, const Snapshot& after) {
  Changes changes;
  changes.truncated = before.truncated_ || after.truncated_;
  const auto add = [&changes](const std::string& path, Change::Kind kind, int64_t size) {
    absl::StatusOr<WorkspacePath> parsed = WorkspacePath::Parse(path);
    if (parsed.ok()) changes.list.push_back(Change{*std::move(parsed), kind, size});
  };
  for (const auto& [path, version] : after.files_) {
    const auto old = before.files_.find(path);
    if (old != before.files_.end()) {
      if (!(old->second == version)) add(path, Change::Kind::kModified, version.size);
    } else if (!before.truncated_) {  // A truncated snapshot may have missed it.
      add(path, Change::Kind::kCreated, version.size);
    }
  }
  if (!after.truncated_) {
    for (const auto& [path, version] : before.files_) {
      if (!after.files_.contains(path)) add(path, Change::Kind::kDeleted, 0);
    }
  }
  std::sort(changes.list.begin(), changes.list.end(),
            [](const Change& a, const Change& b) { return a.path < b.path; });
  return changes;
}

}  // namespace carrel
