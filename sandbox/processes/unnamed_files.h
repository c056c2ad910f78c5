// What processes keep that has no name any more: memory that they share, and deleted files.
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

// Memory that is mapped shared and anonymous is a file of the kernel's, which has the pages that
// were ever touched, whether or not a page table shows them: so it is measured as a file, once for
// all who share it. A deleted file is found by who has it open, or maps it.
//
// One measurement. Each file counts once. Waits for the guest: see guest_looks.h.
class UnnamedFiles {
 public:
  // `maps`: files that are mapped count too, which a process may ask of others only with
  // CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. `disk`: deleted files count that are on this device;
  // all but shared memory if null.
  UnnamedFiles(bool maps, absl::optional<dev_t> disk) : maps_(maps), disk_(disk) {}

  // Does nothing more once there is more than `most_memory` of memory and mappings, or evades().
  void Add(pid_t pid, int64_t most_memory);

  // Allocated bytes of shared anonymous memory,
  int64_t memory_bytes() const { return memory_bytes_; }
  // of what the kernel keeps for each mapping, roughly,
  int64_t mapping_bytes() const { return mapping_bytes_; }
  // and of deleted files.
  int64_t file_bytes() const { return file_bytes_; }
  // A mapping was elsewhere each time that it was looked at, or a process does not let itself be
  // looked at: there may be more than what was counted.
  bool evades() const { return evades_; }

 private:
  bool HasMoreThan(int64_t most_memory) const {
    return memory_bytes_ + mapping_bytes_ > most_memory;
  }
  // Of the process that this thread belongs to.
  void AddDescriptors(pid_t thread);
  // False if a mapping was gone when its file was asked for. Adds to `mapping_bytes`.
  bool AddMaps(pid_t thread, int64_t most_memory);
  void NoteFailure(int error);
  void AddFile(const struct stat& status);

  const bool maps_;
  const absl::optional<dev_t> disk_;
  std::set<std::pair<dev_t, ino_t>> seen_;
  std::set<std::string> seen_mapped_;  // As "device inode" in /proc/<pid>/maps.
  int64_t memory_bytes_ = 0;
  int64_t mapping_bytes_ = 0;
  int64_t file_bytes_ = 0;
  bool evades_ = false;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_UNNAMED_FILES_H_
