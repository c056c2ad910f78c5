#include "sandbox/processes/unnamed_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

// An ordinary process may change its mappings while it is inspected, but not every one of this many
// times.
constexpr int kTries = 16;
constexpr int64_t kBlockBytes = 512;
// The approximate kernel memory of a mapping and of a file (Linux 6.18: 480 bytes, and 900 more for
// a mapping with a file of its own).
constexpr int64_t kMappingBytes = 512;
constexpr int64_t kFileBytes = 1024;
constexpr absl::string_view kDeleted = " (deleted)\n";

// Returns the device of the files behind anonymous memory that is mapped shared; 0 if it cannot be
// found out now, for want of descriptors.
dev_t SharedMemoryDevice() {
  static std::atomic<dev_t> known{0};
  if (known != 0) return known;
  const UniqueFd file(memfd_create("carrel-device", MFD_CLOEXEC));
  struct stat status {};
  if (file.valid() && fstat(file.get(), &status) == 0)
    known = status.st_dev;
  else
    NoteResourceError(errno);
  return known;
}

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};

// A line such as "7f00-7f80 rw-s 00000000 00:01 123   /dev/zero (deleted)".
struct Mapping {
  std::string range;  // The name in map_files.
  std::string file;   // Device and inode; empty if the file has a name.
  ino_t inode = 0;
};

Mapping Parse(absl::string_view line) {
  unsigned long begin = 0, end = 0, inode = 0;
  char device[32];
  int path = 0;
  if (sscanf(line.data(), "%lx-%lx %*s %*s %31s %lu %n", &begin, &end, device, &inode, &path) < 4 ||
      inode == 0)
    return {};
  const absl::string_view name = line.substr(std::min(static_cast<size_t>(path), line.size()));
  // Shared memory may have been given a name, in brackets.
  if (absl::StartsWith(name, "/") && !absl::EndsWith(name, kDeleted)) return {};
  return {absl::StrCat(absl::Hex(begin), "-", absl::Hex(end)), absl::StrCat(device, " ", inode),
          inode};
}

}  // namespace

void UnnamedFiles::Add(pid_t pid, int64_t most_memory) {
  // One such result is enough, and the sample should not take long.
  if (evades_ || HasMoreThan(most_memory)) return;
  int64_t mapping_bytes = mapping_bytes_;  // Without those of this process's mappings.
  bool has_descriptors = false;
  for (int i = 0; i < kTries; ++i) {
    const pid_t thread = ThreadWithMemory(pid);
    if (thread == 0) return;
    if (!has_descriptors) {
      const int error = AddDescriptors(thread);
      NoteResourceError(error);
      has_descriptors = error != EACCES && error != EPERM;
      // A process whose program may be executed but not read cannot be inspected by every user. One
      // that has begun to end since cannot either, but keeps nothing.
      if (!has_descriptors && HasMemory(thread)) break;
      mapping_bytes = mapping_bytes_;
    }
    mapping_bytes_ = mapping_bytes;
    if (has_descriptors && AddMaps(thread, most_memory)) return;
  }
  evades_ = true;
}

int UnnamedFiles::AddDescriptors(pid_t thread) {
  DIR* directory = opendir(absl::StrCat("/proc/", thread, "/fd").c_str());
  if (directory == nullptr) return errno;
  while (dirent* entry = readdir(directory)) {
    struct stat status {};
    if (entry->d_name[0] != '.' && fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
      AddFile(status);
  }
  closedir(directory);
  return 0;
}

bool UnnamedFiles::AddMaps(pid_t thread, int64_t most_memory) {
  const std::string folder = absl::StrCat("/proc/", thread, "/");
  const std::unique_ptr<FILE, CloseFile> maps(fopen(absl::StrCat(folder, "maps").c_str(), "re"));
  if (maps == nullptr) {
    NoteResourceError(errno);
    return errno != EACCES && errno != EPERM;
  }
  char* line = nullptr;
  size_t capacity = 0;
  bool complete = true;
  while (!HasMoreThan(most_memory) && getline(&line, &capacity, maps.get()) > 0) {
    mapping_bytes_ += kMappingBytes;
    if (!maps_) continue;
    const Mapping mapping = Parse(line);
    if (mapping.file.empty() || seen_mapped_.contains(mapping.file)) continue;
    struct stat status {};
    if (stat(absl::StrCat(folder, "map_files/", mapping.range).c_str(), &status) != 0) {
      complete = false;
      continue;
    }
    AddFile(status);
    // Otherwise, another mapping has been placed there meanwhile. (Some file systems report
    // different inodes here and there: of such a file each mapping is inspected.)
    if (status.st_ino == mapping.inode)
      seen_mapped_.insert(mapping.file);
    else if (status.st_dev == SharedMemoryDevice())
      complete = false;
  }
  free(line);
  return complete;
}

void UnnamedFiles::AddFile(const struct stat& status) {
  if (!S_ISREG(status.st_mode) || status.st_nlink > 0) return;
  const bool is_memory = status.st_dev == SharedMemoryDevice();
  if (!is_memory && disk_.has_value() && status.st_dev != *disk_) return;
  if (!seen_.emplace(status.st_dev, status.st_ino).second) return;
  (is_memory ? memory_bytes_ : file_bytes_) += status.st_blocks * kBlockBytes;
  mapping_bytes_ += kFileBytes;
}

}  // namespace carrel
