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

// An innocent process may change its mappings while it is looked at, but not each of so many times.
constexpr int kTries = 16;
constexpr int64_t kBlockBytes = 512;
// What the kernel keeps for a mapping and for a file, roughly (Linux 6.18: 480 bytes, and 900 more
// for a mapping with a file of its own).
constexpr int64_t kMappingBytes = 512;
constexpr int64_t kFileBytes = 1024;
constexpr absl::string_view kDeleted = " (deleted)\n";

// The device of the files behind anonymous memory that is mapped shared; 0 if it cannot be learned
// now, for want of descriptors.
dev_t SharedMemoryDevice() {
  static std::atomic<dev_t> known{0};
  if (known != 0) return known;
  const UniqueFd file(memfd_create("carrel-look", MFD_CLOEXEC));
  struct stat status {};
  if (file.valid() && fstat(file.get(), &status) == 0)
    known = status.st_dev;
  else
    NoteFailedLook(errno);
  return known;
}

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};

// A line such as "7f00-7f80 rw-s 00000000 00:01 123   /dev/zero (deleted)".
struct Mapping {
  std::string range;  // As map_files names it.
  std::string file;   // Its device and inode; empty if it is none that could be without a name.
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
  // One look is enough to say so, and should not take long.
  if (evades_ || HasMoreThan(most_memory)) return;
  const pid_t thread = LivingThread(pid);
  if (thread == 0) return;
  AddDescriptors(thread);
  const int64_t mapping_bytes = mapping_bytes_;
  for (int i = 0; i < kTries; ++i) {
    mapping_bytes_ = mapping_bytes;
    if (AddMaps(thread, most_memory)) return;
  }
  evades_ = true;
}

void UnnamedFiles::AddDescriptors(pid_t thread) {
  DIR* directory = opendir(absl::StrCat("/proc/", thread, "/fd").c_str());
  if (directory == nullptr) {
    NoteFailure(errno);
    return;
  }
  while (dirent* entry = readdir(directory)) {
    struct stat status {};
    if (entry->d_name[0] != '.' && fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
      AddFile(status);
  }
  closedir(directory);
}

bool UnnamedFiles::AddMaps(pid_t thread, int64_t most_memory) {
  const std::string folder = absl::StrCat("/proc/", thread, "/");
  const std::unique_ptr<FILE, CloseFile> maps(fopen(absl::StrCat(folder, "maps").c_str(), "re"));
  if (maps == nullptr) {
    NoteFailure(errno);
    return true;
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
    // Else another mapping has come to lie there meanwhile. (Some file systems tell of one inode
    // here and of another there: of such a file each mapping is looked at.)
    if (status.st_ino == mapping.inode)
      seen_mapped_.insert(mapping.file);
    else if (status.st_dev == SharedMemoryDevice())
      complete = false;
  }
  free(line);
  return complete;
}

void UnnamedFiles::NoteFailure(int error) {
  NoteFailedLook(error);
  // A program that may be executed but not read does not let everybody look at what it has.
  evades_ |= error == EACCES || error == EPERM;
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
