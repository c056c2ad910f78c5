// Files without a name that processes keep: shared memory, and deleted files.
#ifndef CARREL_SANDBOX_PROCESSES_UNNAMED_FILES_H_
#define CARREL_SANDBOX_PROCESSES_UNNAMED_FILES_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/types/optional.h"

namespace carrel {

// Memory that is mapped shared and anonymous is a file of the kernel's, which holds all pages that
// were ever touched, whether or not a page table shows them: so it is measured as a file, once for
// all processes that share it. A deleted file is found by the processes that have it open or
// mapped.
//
// An object is one measurement. Each file counts once. Waits for the guest: see sampling_threads.h.
class UnnamedFiles {
 public:
  // `maps`: mapped files count too, which a process may inspect in others only with CAP_SYS_ADMIN
  // or CAP_CHECKPOINT_RESTORE. `disk`: the device on which deleted files count; any if null.
  UnnamedFiles(bool maps, absl::optional<dev_t> disk) : maps_(maps), disk_(disk) {}

  // Adds the files of a process. Does nothing once memory and mappings exceed `most_memory`, or
  // evades().
  void Add(pid_t pid, int64_t most_memory);

  // The allocated bytes of shared anonymous memory.
  int64_t memory_bytes() const { return memory_bytes_; }
  // The approximate bytes that the kernel uses for mappings and for these files.
  int64_t mapping_bytes() const { return mapping_bytes_; }
  // The allocated bytes of deleted files.
  int64_t file_bytes() const { return file_bytes_; }
  // A mapping had moved each time that it was inspected, or a process cannot be inspected: there
  // may be more than was counted.
  bool evades() const { return evades_; }

 private:
  bool HasMoreThan(int64_t most_memory) const {
    return memory_bytes_ + mapping_bytes_ > most_memory;
  }
  // Adds the open files of the process that this thread belongs to. Returns errno.
  int AddDescriptors(pid_t thread);
  // Adds the mapped files and `mapping_bytes_`. Returns false if the mappings may not be read, or
  // one was gone when its file was inspected.
  bool AddMaps(pid_t thread, int64_t most_memory);
  void AddFile(const struct stat& status);

  const bool maps_;
  const absl::optional<dev_t> disk_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::set<std::string> seen_mapped_;  // Has the form "device inode" of /proc/<pid>/maps.
  int64_t memory_bytes_ = 0;
  int64_t mapping_bytes_ = 0;
  int64_t file_bytes_ = 0;
  bool evades_ = false;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_UNNAMED_FILES_H_
