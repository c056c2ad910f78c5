#include "sandbox/processes/unnamed_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/processes/process_tree.h"

namespace carrel {
namespace {

// A process that only now changed its mappings has not done so every time.
constexpr int kTries = 16;
constexpr int64_t kBlockBytes = 512;
constexpr absl::string_view kDeleted = " (deleted)\n";

// Of the kernel's files that have never had a name.
dev_t SharedMemoryDevice() {
  static const dev_t device = [] {
    const UniqueFd file(memfd_create("carrel-look", MFD_CLOEXEC));
    struct stat status {};
    return file.valid() && fstat(file.get(), &status) == 0 ? status.st_dev : dev_t{0};
  }();
  return device;
}

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};

// "7f00-7f80 rw-s 00000000 00:01 123   /dev/zero (deleted)": where it is, as map_files names it;
// empty if it is none that could be deleted.
std::string RangeOfDeleted(absl::string_view line) {
  unsigned long begin = 0, end = 0;
  if (!absl::EndsWith(line, kDeleted) || sscanf(line.data(), "%lx-%lx", &begin, &end) != 2)
    return "";
  return absl::StrCat(absl::Hex(begin), "-", absl::Hex(end));
}

}  // namespace

void UnnamedFiles::Add(pid_t pid) {
  const pid_t thread = LivingThread(pid);
  if (thread == 0) return;
  AddDescriptors(thread);
  if (!maps_) return;
  for (int i = 0; i < kTries; ++i)
    if (AddMaps(thread)) return;
  evades_ = true;
}

void UnnamedFiles::AddDescriptors(pid_t thread) {
  DIR* directory = opendir(absl::StrCat("/proc/", thread, "/fd").c_str());
  if (directory == nullptr) return NoteFailedLook(errno);
  while (dirent* entry = readdir(directory)) {
    struct stat status {};
    if (entry->d_name[0] != '.' && fstatat(dirfd(directory), entry->d_name, &status, 0) == 0)
      AddFile(status);
  }
  closedir(directory);
}

bool UnnamedFiles::AddMaps(pid_t thread) {
  const std::string folder = absl::StrCat("/proc/", thread, "/");
  const std::unique_ptr<FILE, CloseFile> maps(fopen(absl::StrCat(folder, "maps").c_str(), "re"));
  if (maps == nullptr) {
    NoteFailedLook(errno);
    return true;  // It is gone.
  }
  char* line = nullptr;
  size_t capacity = 0;
  bool complete = true;
  while (getline(&line, &capacity, maps.get()) > 0) {
    const std::string range = RangeOfDeleted(line);
    if (range.empty()) continue;
    struct stat status {};
    if (stat(absl::StrCat(folder, "map_files/", range).c_str(), &status) == 0)
      AddFile(status);
    else
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
}

}  // namespace carrel
