#include "sandbox/changes/workspace_changes.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sandbox/changes/open_writers.h"
#include "sandbox/files/beneath.h"
#include "sandbox/files/directory_walk.h"

namespace carrel {
namespace {

// A workspace with this penalty has had to be watched anew too often.
constexpr int kMaxPenalty = 64;
// The largest limit of a snapshot, which takes some 150 bytes of memory for each file.
constexpr size_t kMostEntries = 200'000;
// The maximum number of files that are inspected after each cell.
constexpr size_t kMaxUnreconciled = 1024;
// The number of files that are open at once while Reconcile checks them.
constexpr size_t kReconciledAtOnce = 32;

WorkspaceChanges::Options Complete(WorkspaceChanges::Options options, const Workspace& workspace) {
  if (options.max_entries == 0) {
    options.max_entries = std::clamp(static_cast<size_t>(workspace.limits().max_entries),
                                     Snapshot::kMaxEntries, kMostEntries);
  }
  return options;
}

absl::string_view FolderOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
}

absl::string_view NameOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

// The kernel reports inodes that never had a name by names such as "#123".
bool IsNameOfNameless(absl::string_view name) {
  return name.size() > 1 && name[0] == '#' &&
         std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Opens the directories of paths, each once if the paths come in order.
class Folders {
 public:
  explicit Folders(int root) : root_(root) {}

  // Returns the directory that holds `path`; this object keeps ownership.
  absl::StatusOr<int> Of(absl::string_view path) {
    const absl::string_view folder = FolderOf(path);
    if (folder.empty()) return root_;
    if (!open_.ok() || folder != path_) {
      path_ = std::string(folder);
      open_ = OpenFolderByBytes(root_, path_);
    }
    if (!open_.ok()) return open_.status();
    return open_->get();
  }

 private:
  const int root_;
  std::string path_;
  absl::StatusOr<UniqueFd> open_ = absl::NotFoundError("");
};

absl::StatusOr<struct stat> StatPath(Folders* folders, const std::string& path) {
  absl::StatusOr<int> folder = folders->Of(path);
  if (!folder.ok()) return folder.status();
  return StatAt(*folder, NameOf(path));
}

// Returns true if nothing has that name, or it is no directory by now: events have reported what
// was there before.
bool IsNoFolderNow(int root, const std::string& path, const absl::Status& status) {
  if (absl::IsNotFound(status)) return true;
  Folders folders(root);
  absl::StatusOr<struct stat> found = StatPath(&folders, path);
  return absl::IsNotFound(found.status()) || (found.ok() && !S_ISDIR(found->st_mode));
}

}  // namespace

WorkspaceChanges::WorkspaceChanges(std::shared_ptr<Workspace> workspace, ChangeHub* hub,
                                   Options options)
    : workspace_(std::move(workspace)), options_(Complete(options, *workspace_)) {
  // A /tmp on the same file system could hold links to files of the workspace.
  const bool alone = workspace_->limits().max_temporary_bytes == 0;
  absl::StatusOr<UniqueFd> files = workspace_->OpenFiles();
  if (hub != nullptr && alone && files.ok() && ReportsWriters(files->get())) feed_ = hub->NewFeed();
  full_scans_only_ = feed_ == nullptr;
  if (full_scans_only_) return;
  feed_->queue()->Restart(feed_->id());
  if (Watch(files->get(), "")) {
    feed_->queue()->Reconcile(feed_->id(), /*settled=*/true, /*has_links=*/false);
  } else {
    FallBackToFullScans();
  }
}

bool WorkspaceChanges::IsUnchanged() {
  return feed_ != nullptr && feed_->queue()->IsQuiet(feed_->id());
}

bool WorkspaceChanges::IsStill(uint64_t* stamp) {
  return feed_ != nullptr && feed_->queue()->IsStill(feed_->id(), stamp);
}

void WorkspaceChanges::CallWhenActive(uint64_t stamp, std::function<void()> call) {
  if (feed_ != nullptr) feed_->queue()->CallWhenActive(feed_->id(), stamp, std::move(call));
}

void WorkspaceChanges::PollOften() {
  if (feed_ != nullptr) feed_->hub()->PollOften();
}

// ------------------------------------------------------------------- scanning

absl::StatusOr<Changes> WorkspaceChanges::Collect() {
  if (full_scans_only_) return ScanAll();
  ChangeEvents events = feed_->queue()->Take(feed_->id());
  if (events.lost) return StartAnew(events.penalty);
  if (!WatchNewFolders(&events.names)) {
    FallBackToFullScans();
    return ScanAll();
  }
  for (const std::string& path : unreconciled_) events.names.try_emplace(path, 0);
  for (const std::string& path : linked_) events.names.try_emplace(path, 0);
  must_scan_ |= std::chrono::steady_clock::now() - scanned_ > options_.longest_trust;
  absl::optional<Found> found;
  if (!must_scan_) found = InspectNames(events.names);
  absl::StatusOr<Changes> changes = found.has_value() ? Apply(*found) : ScanAll();
  for (const auto& [path, bits] : events.names) {
    if (bits != 0 && (bits & kFolder) == 0) unreconciled_.insert(path);
  }
  if (snapshot_.truncated() || snapshot_.size() > options_.max_entries ||
      snapshot_.name_bytes() > Snapshot::kMaxNameBytes)
    FallBackToFullScans();
  return changes;
}

absl::StatusOr<Changes> WorkspaceChanges::ScanAll() {
  ++full_scans_;
  must_scan_ = true;
  absl::StatusOr<Snapshot> now = Snapshot::Take(*workspace_, options_.max_entries);
  if (!now.ok()) return now.status();
  must_scan_ = false;
  scanned_ = std::chrono::steady_clock::now();
  Changes changes = Diff(snapshot_, *now);
  snapshot_ = *std::move(now);
  if (full_scans_only_) return changes;
  absl::erase_if(linked_, [this](const std::string& path) { return !snapshot_.Find(path); });
  linked_.insert(snapshot_.linked().begin(), snapshot_.linked().end());
  for (const Change& change : changes.list) {
    if (change.kind != Change::Kind::kDeleted) unreconciled_.insert(change.path.str());
  }
  return changes;
}

absl::optional<WorkspaceChanges::Found> WorkspaceChanges::InspectNames(const Names& names) const {
  std::vector<std::pair<std::string, uint16_t>> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  absl::StatusOr<UniqueFd> files = workspace_->OpenFiles();
  if (!files.ok()) return {};
  Folders folders(files->get());
  Found found;
  for (const auto& [path, bits] : sorted) {
    absl::StatusOr<struct stat> status = StatPath(&folders, path);
    if (!SaysEnough(path, bits, status)) return {};
    if (!IsListed(path)) continue;
    const bool is_file = status.ok() && S_ISREG(status->st_mode);
    found.emplace_back(path,
                       is_file ? absl::make_optional(FileVersion::Of(*status)) : absl::nullopt);
  }
  return found;
}

bool WorkspaceChanges::SaysEnough(const std::string& path, uint16_t bits,
                                  const absl::StatusOr<struct stat>& status) const {
  if ((bits & (kChangedWhileGone | kShortLived | kFolder)) != 0) return false;
  if (bits != 0 && IsNameOfNameless(NameOf(path))) return false;
  if (!status.ok()) {
    // If there were events of this name, one of them must have reported that it is gone.
    const bool told = (bits & kAppeared) != 0 ? (bits & kGone) != 0 : (bits & kVanished) != 0;
    return absl::IsNotFound(status.status()) && (bits == 0 || told);
  }
  if (!S_ISREG(status->st_mode)) return true;
  const FileVersion version = FileVersion::Of(*status);
  const FileVersion* old = snapshot_.Find(path);
  // A new link changes the other names of the file, too.
  const bool known = linked_.contains(path) && old != nullptr && old->inode == version.inode;
  if (status->st_nlink > 1 && !known) return false;
  // The reported change is not of this file: another one had this name.
  const bool changed = (bits & kChanged) != 0 && (bits & kAppeared) == 0;
  return !changed || old == nullptr || !(version == *old) || unreconciled_.contains(path);
}

Changes WorkspaceChanges::Apply(const Found& found) {
  Changes changes;
  for (const auto& [path, version] : found) {
    const FileVersion* old = snapshot_.Find(path);
    const bool same = old == nullptr ? !version.has_value() : version == *old;
    if (same) continue;
    const Change::Kind kind = old == nullptr        ? Change::Kind::kCreated
                              : version.has_value() ? Change::Kind::kModified
                                                    : Change::Kind::kDeleted;
    absl::StatusOr<WorkspacePath> parsed = WorkspacePath::Parse(path);  // A listed path parses.
    if (parsed.ok()) {
      changes.list.push_back(
          Change{*std::move(parsed), kind, version.has_value() ? version->size : 0});
    }
    snapshot_.Set(path, version);
    if (!version.has_value()) linked_.erase(path);
  }
  return changes;
}

// ------------------------------------------------------------------- watching

absl::StatusOr<Changes> WorkspaceChanges::StartAnew(int penalty) {
  penalty_ += penalty;
  feed_->queue()->Restart(feed_->id());
  unreconciled_.clear();
  Names files;
  const bool watched = penalty_ < kMaxPenalty && WatchBelow("", &files);
  absl::StatusOr<Changes> changes = ScanAll();
  if (!watched || !changes.ok() || snapshot_.truncated()) {
    FallBackToFullScans();
    return changes;
  }
  // Each file may have been opened in the meantime.
  for (const auto& [path, bits] : files) unreconciled_.insert(path);
  return changes;
}

void WorkspaceChanges::FallBackToFullScans() {
  full_scans_only_ = true;
  unreconciled_.clear();
  linked_.clear();
  if (feed_ != nullptr) feed_->queue()->Restart(feed_->id());
}

bool WorkspaceChanges::Watch(int folder, const std::string& path) {
  return feed_->queue()->Watch(feed_->id(), folder, path);
}

bool WorkspaceChanges::WatchBelow(const std::string& path, Names* files) {
  absl::StatusOr<UniqueFd> files_folder = workspace_->OpenFiles();
  if (!files_folder.ok()) return false;
  const int root = files_folder->get();
  absl::StatusOr<UniqueFd> top = OpenFolderByBytes(root, path);
  if (!top.ok()) return IsNoFolderNow(root, path, top.status());
  if (!Watch(top->get(), path)) return false;
  const std::string prefix = path.empty() ? "" : path + "/";
  const auto depth = static_cast<size_t>(std::count(prefix.begin(), prefix.end(), '/'));
  if (depth >= WorkspacePath::kMaxDepth) return false;
  WalkOptions walk;
  walk.max_entries = options_.max_entries;
  walk.max_depth = WorkspacePath::kMaxDepth - depth;
  bool watched = true;
  size_t name_bytes = 0;
  // A directory is visited before it is read. If another one is in its place by then, that was
  // reported.
  const WalkResult result = WalkBeneath(top->get(), walk, [&](const WalkEntry& entry) {
    if (entry.is_regular) (*files)[prefix + entry.path] |= kAppeared;
    name_bytes += prefix.size() + entry.path.size();
    watched = name_bytes <= Snapshot::kMaxNameBytes;
    if (!watched || !entry.is_folder) return watched ? WalkAction::kContinue : WalkAction::kStop;
    absl::StatusOr<UniqueFd> folder = OpenFolderAt(entry.folder, entry.name);
    const std::string whole = prefix + entry.path;
    watched =
        folder.ok() ? Watch(folder->get(), whole) : IsNoFolderNow(root, whole, folder.status());
    return watched ? WalkAction::kContinue : WalkAction::kStop;
  });
  return watched && !result.out_of_entries && !result.too_deep && !result.unreadable;
}

bool WorkspaceChanges::WatchNewFolders(Names* names) {
  std::vector<std::string> folders;
  for (const auto& [path, bits] : *names) {
    if (bits & kFolder) folders.push_back(path);
  }
  return std::all_of(folders.begin(), folders.end(), [&](const std::string& path) {
    return WatchBelow(path, names) && names->size() <= options_.max_entries;
  });
}

// ------------------------------------------------------------------- reconciling

void WorkspaceChanges::Reconcile() {
  if (full_scans_only_) return;
  for (std::string& path : feed_->queue()->Unchecked(feed_->id())) unreconciled_.insert(path);
  std::vector<std::string> paths(unreconciled_.begin(), unreconciled_.end());
  std::sort(paths.begin(), paths.end());
  for (size_t i = 0; i < paths.size(); i += kReconciledAtOnce) {
    const auto begin = paths.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        paths.begin() + static_cast<std::ptrdiff_t>(std::min(i + kReconciledAtOnce, paths.size()));
    ReconcileSome({begin, end});
  }
  if (unreconciled_.size() + linked_.size() > kMaxUnreconciled) return FallBackToFullScans();
  feed_->queue()->Reconcile(feed_->id(), unreconciled_.empty(), !linked_.empty());
}

void WorkspaceChanges::ReconcileSome(const std::vector<std::string>& paths) {
  const FileOwner owner = workspace_->owner();
  absl::StatusOr<UniqueFd> files = workspace_->OpenFiles();
  if (!files.ok()) return;  // They stay unreconciled.
  Folders folders(files->get());
  std::vector<std::pair<std::string, UniqueFd>> open;
  std::vector<std::string> opened, gone;
  for (const std::string& path : paths) {
    absl::StatusOr<struct stat> status = StatPath(&folders, path);
    // The name does not exist, or is no file: what it was before has been reported.
    const bool other = status.ok() && !S_ISREG(status->st_mode);
    if (other || absl::IsNotFound(status.status())) unreconciled_.erase(path);
    if (absl::IsNotFound(status.status())) gone.push_back(path);
    if (other && !S_ISDIR(status->st_mode)) opened.push_back(path);
    if (other || !status.ok()) continue;
    absl::StatusOr<int> folder = folders.Of(path);
    if (!folder.ok()) continue;
    absl::StatusOr<OpenedFile> file = OpenFileAt(*folder, NameOf(path), owner.uid);
    if (!file.ok()) continue;
    opened.push_back(path);
    open.emplace_back(path, std::move(file->fd));
  }
  // The order matters: a process that opens a file for writing after the check of its writers
  // causes an event, and one that did before is among the writers. A file that has taken the name
  // meanwhile has caused events, too. The opening of the files by this function is forgotten.
  feed_->queue()->ForgetOpened(feed_->id(), opened, gone);
  for (const auto& [path, fd] : open) {
    if (!MayHaveWriters(fd.get())) unreconciled_.erase(path);
  }
}

}  // namespace carrel
