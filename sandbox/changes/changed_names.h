// The names of a workspace whose events were read and not taken yet.
#ifndef CARREL_SANDBOX_CHANGES_CHANGED_NAMES_H_
#define CARREL_SANDBOX_CHANGES_CHANGED_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace carrel {

// Events reported for one name; bits of ChangeEvents::names.
enum NameBits : uint16_t {
  kOpened = 1,     // Opened by any process, for any purpose; the kernel does not report which.
  kChanged = 2,    // Written by a system call, truncated, or its attributes set.
  kClosed = 4,     // The last descriptor or mapping of an opening for writing is gone.
  kAppeared = 8,   // Created, linked or moved here.
  kVanished = 16,  // Deleted or moved away.
  kGone = 32,      // Vanished and has not appeared since; or was exchanged.
  kChangedWhileGone = 64,  // Opened or changed while kGone: the inode may have another name.
  kFolder = 128,           // The entry that appeared is a directory, which is not watched yet.
  kUnchecked = 256,        // It may be open for writing.
  kShortLived = 512        // An inode appeared, and then its name was deleted or replaced.
};

// Returns the bits of an event with this inotify mask.
uint16_t NameBitsOf(uint32_t mask);

// One thread at a time.
class ChangedNames {
 public:
  static constexpr size_t kMaxNames = 4096;
  static constexpr size_t kMaxBytes = 3 << 18;  // The bytes of all names together.
  // The key is a path in the workspace, which may contain any bytes; the value is NameBits.
  using Bits = absl::flat_hash_map<std::string, uint16_t>;

  // Adds the bits of an event. Returns false if there are too many names now.
  bool Note(std::string path, uint16_t bits);
  // Removes bits of a name, and the name with the last of them.
  void Forget(const std::string& path, uint16_t bits);
  // Returns the bits of a name; 0 if it has none.
  uint16_t Find(const std::string& path) const;
  // Returns everything and forgets it.
  Bits Take();

  bool empty() const { return names_.empty(); }
  // Returns true if a name is kUnchecked.
  bool has_unchecked() const { return unchecked_ > 0; }
  // Returns the names that are kUnchecked.
  std::vector<std::string> Unchecked() const;

 private:
  Bits names_;
  size_t bytes_ = 0;
  size_t unchecked_ = 0;  // The number of names that are kUnchecked.
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CHANGES_CHANGED_NAMES_H_
