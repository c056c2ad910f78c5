#include "sandbox/files/measure_folder.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sandbox/changes/open_writers.h"
#include "sandbox/files/beneath.h"

namespace carrel {
namespace {

using Clock = std::chrono::steady_clock;

// Ordinary programs do not nest directories as deep.
constexpr size_t kMaxDepth = 64;
// The maximum number of walks through a tree that changes during each of them.
constexpr int kMaxWalks = 16;
// The maximum time of all walks, once there were kLeastWalks.
constexpr auto kMaxTime = std::chrono::milliseconds(100);
constexpr int kLeastWalks = 4;
// The maximum number of searches for a directory that is gone from its name, by reading its parent
// again.
constexpr int kMaxPursuits = 16;
// An inode that was listed this often, and by half of the walks, and was always gone when it was
// inspected a moment later, evades. Temporary files that come and go have other inodes each time,
// or are found.
constexpr int kTimesToEvade = kLeastWalks;
// The size of the buffer for names that are read at once. A guest that is notified of the reading
// (inotify) and moves files has the time that it takes to inspect that many.
constexpr size_t kBufferBytes = 2048;
// Directories that are kept open at once, besides those that are being read.
constexpr size_t kMaxWaiting = 256;

bool IsBefore(const struct timespec& one, const struct timespec& other) {
  return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec < other.tv_nsec;
}

// Returns true for an error that the tree's owner can cause, unlike a shortage of this process.
bool IsOfTheTree(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
}

struct Entry {
  std::string name;
  uint64_t inode;  // The inode in the listing, which on overlayfs may differ from that of stat.
  bool is_folder;
};

// Reads the next entries of a directory: some, or none at its end.
absl::StatusOr<std::vector<Entry>> ReadSome(int folder) {
  alignas(struct dirent64) char buffer[kBufferBytes];
  std::vector<Entry> entries;
  while (entries.empty()) {
    const long size = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (size < 0 && errno != ENOENT) return FileError(errno, "a folder");
    if (size <= 0) break;  // ENOENT means that it was deleted.
    for (const char* at = buffer; at < buffer + size;) {
      const auto* item = reinterpret_cast<const struct dirent64*>(at);
      at += item->d_reclen;
      const std::string name = item->d_name;
      if (name == "." || name == "..") continue;
      bool is_folder = item->d_type == DT_DIR;
      if (item->d_type == DT_UNKNOWN) {  // Some file systems do not report it.
        absl::StatusOr<struct stat> status = StatAt(folder, name);
        is_folder = status.ok() && S_ISDIR(status->st_mode);
      }
      entries.push_back(Entry{name, item->d_ino, is_folder});
    }
  }
  return entries;
}

// Finds a directory that is gone from its name under another one, and opens it as soon as it is
// listed, so that its owner has no time to react.
absl::StatusOr<UniqueFd> Pursue(int folder, uint64_t inode) {
  for (int i = 0; i < kMaxPursuits; ++i) {
    absl::StatusOr<UniqueFd> again = ReopenFolder(folder);
    if (!again.ok()) return again;
    bool is_listed = false;
    while (true) {
      absl::StatusOr<std::vector<Entry>> entries = ReadSome(again->get());
      if (!entries.ok()) return entries.status();
      if (entries->empty()) break;
      for (const Entry& entry : *entries) {
        if (entry.inode != inode || !entry.is_folder) continue;
        is_listed = true;
        absl::StatusOr<UniqueFd> found = OpenFolderAt(folder, entry.name);
        if (found.ok() || !absl::IsNotFound(found.status())) return found;
      }
    }
    if (!is_listed) break;
  }
  return absl::NotFoundError("it was moved or deleted");
}

class Measurement {
 public:
  Measurement(int folder, size_t max_entries)
      : folder_(folder), max_entries_(max_entries), inodes_are_listed_(ReportsWriters(folder)) {}

  absl::StatusOr<WorkspaceUsage> Take() {
    const Clock::time_point start = Clock::now();
    int64_t most_bytes = 0;
    do {
      absl::Status walked = Walk();
      if (!walked.ok()) return walked;
      most_bytes = std::max(most_bytes, usage_.bytes);
      if (usage_.steady || !usage_.complete) return usage_;
    } while (walks_ < kMaxWalks && (walks_ < kLeastWalks || Clock::now() - start < kMaxTime));
    return SumOfAllWalks(most_bytes);
  }

 private:
  struct Seen {
    int64_t bytes = 0;
    int walk = 0;  // The last walk that has seen it.
  };
  struct Listed {
    int times = 0;
    int missed = 0;  // The entry was gone when it was to be inspected.
  };

  // Performs one more walk. Its result alone is in usage_.
  absl::Status Walk() {
    ++walks_;
    usage_ = WorkspaceUsage();
    host_error_ = absl::OkStatus();
    clock_gettime(CLOCK_REALTIME_COARSE, &start_);  // The clock of file times.
    struct stat status;
    if (fstat(folder_, &status) != 0) return FileError(errno, "the workspace");
    Add(status);
    absl::StatusOr<UniqueFd> top = ReopenFolder(folder_);  // It has its own position.
    if (top.ok())
      ReadFolder(top->get(), 1);
    else
      OnClosed(top.status());
    usage_.bytes_at_once = usage_.bytes;
    return host_error_;
  }

  // Recursive. Entries are inspected and opened as soon as they are listed; directories are read
  // later.
  void ReadFolder(int folder, size_t depth) {
    while (usage_.complete) {
      absl::StatusOr<std::vector<Entry>> entries = ReadSome(folder);
      if (!entries.ok()) return OnClosed(entries.status());
      if (entries->empty()) break;
      std::vector<UniqueFd> inner;
      for (const Entry& entry : *entries) {
        if (++usage_.entries > static_cast<int64_t>(max_entries_)) usage_.complete = false;
        if (!usage_.complete) return;
        UniqueFd opened = MeasureEntry(folder, entry);
        if (!opened) continue;
        if (depth >= kMaxDepth) {
          usage_.complete = false;
          return;
        }
        inner.push_back(std::move(opened));
        if (++waiting_ > kMaxWaiting) ReadInner(&inner, depth);
      }
      ReadInner(&inner, depth);
    }
    // Entries may have been moved out of this directory before it was read, or into it afterwards.
    // Its ctime shows that, which nobody can set; it ticks every few milliseconds, so changes just
    // before the walk count, too.
    struct stat status;
    if (fstat(folder, &status) != 0 || !IsBefore(status.st_ctim, start_)) usage_.steady = false;
  }

  // Reads the directories in an order that nobody can foresee.
  void ReadInner(std::vector<UniqueFd>* folders, size_t depth) {
    std::shuffle(folders->begin(), folders->end(), random_);
    for (UniqueFd& folder : *folders) {
      --waiting_;
      ReadFolder(folder.get(), depth + 1);
      folder.reset();
    }
    folders->clear();
  }

  // Counts an entry; opens it if it is a directory.
  UniqueFd MeasureEntry(int folder, const Entry& entry) {
    Listed& listed = listed_[entry.inode];
    ++listed.times;
    if (entry.is_folder) return MeasureDirectory(folder, entry, &listed);
    absl::StatusOr<struct stat> status = StatAt(folder, entry.name);
    if (status.ok()) Add(*status);
    // The name may belong to another file by now.
    if (!status.ok() || (inodes_are_listed_ && status->st_ino != entry.inode)) ++listed.missed;
    return UniqueFd();
  }

  UniqueFd MeasureDirectory(int folder, const Entry& entry, Listed* listed) {
    absl::StatusOr<UniqueFd> inner = OpenFolderAt(folder, entry.name);
    // If the directory is there again, the error may be that of an entry in between.
    for (int i = 0; i < kMaxPursuits && !inner.ok() && IsOfTheTree(inner.status()); ++i) {
      if (!IsFolderAt(folder, entry.name)) {
        inner = Pursue(folder, entry.inode);
        break;
      }
      inner = OpenFolderAt(folder, entry.name);
    }
    struct stat status;
    if (inner.ok() && fstat(inner->get(), &status) == 0) {
      Add(status);
      return *std::move(inner);
    }
    usage_.steady = false;
    if (!inner.ok() && !absl::IsNotFound(inner.status())) OnClosed(inner.status());
    ++listed->missed;
    return UniqueFd();
  }

  static bool IsFolderAt(int folder, const std::string& name) {
    absl::StatusOr<struct stat> status = StatAt(folder, name);
    return status.ok() && S_ISDIR(status->st_mode);
  }

  // Records that an existing directory cannot be read.
  void OnClosed(const absl::Status& status) {
    usage_.complete = false;
    if (!IsOfTheTree(status)) host_error_.Update(status);
  }

  // Counts an inode once in a walk, even if it has several names.
  void Add(const struct stat& status) {
    Seen& seen = seen_[status.st_ino];
    if (seen.walk == walks_) return;
    seen = Seen{int64_t{status.st_blocks} * 512, walks_};
    usage_.bytes += seen.bytes;
  }

  WorkspaceUsage SumOfAllWalks(int64_t most_bytes) const {
    WorkspaceUsage sum = usage_;
    sum.bytes_at_once = most_bytes;
    sum.bytes = 0;
    for (const auto& [inode, seen] : seen_) sum.bytes += seen.bytes;
    for (const auto& [inode, listed] : listed_) {
      sum.evades |= listed.missed == listed.times && listed.missed >= kTimesToEvade &&
                    2 * listed.missed >= walks_;
    }
    return sum;
  }

  const int folder_;
  const size_t max_entries_;
  const bool inodes_are_listed_;
  std::random_device random_;
  int walks_ = 0;
  struct timespec start_ = {};  // The start of the walk.
  size_t waiting_ = 0;          // Open directories that are to be read.
  WorkspaceUsage usage_;
  absl::Status host_error_;
  absl::flat_hash_map<uint64_t, Seen> seen_;      // By inode.
  absl::flat_hash_map<uint64_t, Listed> listed_;  // By inode.
};

}  // namespace

absl::StatusOr<WorkspaceUsage> MeasureFolder(int folder, size_t max_entries) {
  return Measurement(folder, max_entries).Take();
}

}  // namespace carrel
