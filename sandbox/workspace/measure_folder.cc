#include "sandbox/workspace/measure_folder.h"

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
#include "sandbox/workspace/beneath.h"
#include "sandbox/workspace/open_writers.h"

namespace carrel {
namespace {

using Clock = std::chrono::steady_clock;

// Deeper than honest programs nest folders.
constexpr size_t kMaxDepth = 64;
// Walks through a tree that changes each time: at most so many,
constexpr int kMaxWalks = 16;
// and after the first few, no more when they took so long together.
constexpr auto kMaxTime = std::chrono::milliseconds(100);
constexpr int kLeastWalks = 4;
// Looks for a folder that had gone from its name, by reading again where it was.
constexpr int kMaxPursuits = 16;
// What was listed so often, and by half of the walks, and was never there when it was looked at a
// moment later, evades. Temporary files that come and go have other inodes each time, or are met.
constexpr int kTimesToEvade = kLeastWalks;
// Of names that are read at once. Who is told of the reading (inotify) and moves things has the
// time that it takes to look at that many.
constexpr size_t kBufferBytes = 2048;
// Folders that are kept open at once, beside those that are being read.
constexpr size_t kMaxWaiting = 256;

bool IsBefore(const struct timespec& one, const struct timespec& other) {
  return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec < other.tv_nsec;
}

// True for an error that what the tree's owner does explains, and not a want of this process.
bool IsOfTheTree(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
}

struct Entry {
  std::string name;
  uint64_t inode;  // As listed: overlayfs may list another than stat tells of.
  bool is_folder;
};

// Reads on in a folder: some entries, none at its end.
absl::StatusOr<std::vector<Entry>> ReadSome(int folder) {
  alignas(struct dirent64) char buffer[kBufferBytes];
  std::vector<Entry> entries;
  while (entries.empty()) {
    const long size = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (size < 0 && errno != ENOENT) return FileError(errno, "a folder");
    if (size <= 0) break;  // ENOENT: it was deleted.
    for (const char* at = buffer; at < buffer + size;) {
      const auto* item = reinterpret_cast<const struct dirent64*>(at);
      at += item->d_reclen;
      const std::string name = item->d_name;
      if (name == "." || name == "..") continue;
      bool is_folder = item->d_type == DT_DIR;
      if (item->d_type == DT_UNKNOWN) {  // Some file systems do not tell.
        absl::StatusOr<struct stat> status = StatAt(folder, name);
        is_folder = status.ok() && S_ISDIR(status->st_mode);
      }
      entries.push_back(Entry{name, item->d_ino, is_folder});
    }
  }
  return entries;
}

// Finds a folder that had gone from its name under another one, and opens it: it is opened as
// soon as it is listed, so that its owner has no time to be told of that.
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
      : folder_(folder), max_entries_(max_entries), inodes_are_listed_(TellsOfWriters(folder)) {}

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
    int walk = 0;  // The last one in which it was.
  };
  struct Listed {
    int times = 0;
    int missed = 0;  // It was not there any more when it was to be looked at.
  };

  // One walk more. What it alone has seen is in usage_.
  absl::Status Walk() {
    ++walks_;
    usage_ = WorkspaceUsage();
    host_error_ = absl::OkStatus();
    clock_gettime(CLOCK_REALTIME_COARSE, &start_);  // The clock of files.
    struct stat status;
    if (fstat(folder_, &status) != 0) return FileError(errno, "the workspace");
    Add(status);
    absl::StatusOr<UniqueFd> top = ReopenFolder(folder_);  // With a place of its own in it.
    if (top.ok())
      ReadFolder(top->get(), 1);
    else
      OnClosed(top.status());
    usage_.bytes_at_once = usage_.bytes;
    return host_error_;
  }

  // Recursive. What is listed is looked at and opened at once, and read into later.
  void ReadFolder(int folder, size_t depth) {
    while (usage_.complete) {
      absl::StatusOr<std::vector<Entry>> entries = ReadSome(folder);
      if (!entries.ok()) return OnClosed(entries.status());
      if (entries->empty()) break;
      std::vector<UniqueFd> inner;
      for (const Entry& entry : *entries) {
        if (++usage_.entries > static_cast<int64_t>(max_entries_)) usage_.complete = false;
        if (!usage_.complete) return;
        UniqueFd opened = Look(folder, entry);
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
    // What was moved out of it or into it, before it was read or after. Its ctime says so, which
    // nobody can set; it ticks every few milliseconds, so what changed just before counts, too.
    struct stat status;
    if (fstat(folder, &status) != 0 || !IsBefore(status.st_ctim, start_)) usage_.steady = false;
  }

  // In an order that nobody can foresee.
  void ReadInner(std::vector<UniqueFd>* folders, size_t depth) {
    std::shuffle(folders->begin(), folders->end(), random_);
    for (UniqueFd& folder : *folders) {
      --waiting_;
      ReadFolder(folder.get(), depth + 1);
      folder.reset();
    }
    folders->clear();
  }

  // Counts what has this name; opens it if it is a folder.
  UniqueFd Look(int folder, const Entry& entry) {
    Listed& listed = listed_[entry.inode];
    ++listed.times;
    if (entry.is_folder) return LookAtFolder(folder, entry, &listed);
    absl::StatusOr<struct stat> status = StatAt(folder, entry.name);
    if (status.ok()) Add(*status);
    // By this name there may be something else by now.
    if (!status.ok() || (inodes_are_listed_ && status->st_ino != entry.inode)) ++listed.missed;
    return UniqueFd();
  }

  UniqueFd LookAtFolder(int folder, const Entry& entry, Listed* listed) {
    absl::StatusOr<UniqueFd> inner = OpenFolderAt(folder, entry.name);
    // If it is there again, the error may be of what was there in between.
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

  // A folder that is there cannot be read.
  void OnClosed(const absl::Status& status) {
    usage_.complete = false;
    if (!IsOfTheTree(status)) host_error_.Update(status);
  }

  // Once in a walk, also if it has several names.
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
  struct timespec start_ = {};  // Of the walk.
  size_t waiting_ = 0;          // Folders that are open, to be read.
  WorkspaceUsage usage_;
  absl::Status host_error_;
  absl::flat_hash_map<uint64_t, Seen> seen_;      // By inode.
  absl::flat_hash_map<uint64_t, Listed> listed_;  // The same.
};

}  // namespace

absl::StatusOr<WorkspaceUsage> MeasureFolder(int folder, size_t max_entries) {
  return Measurement(folder, max_entries).Take();
}

}  // namespace carrel
