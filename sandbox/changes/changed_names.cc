#include "sandbox/changes/changed_names.h"

#include <sys/inotify.h>

#include <utility>

namespace carrel {
namespace {

// This bit comes in addition to NameBits: the name vanished by deletion, not by a move.
constexpr uint16_t kDeleted = 1024;

}  // namespace

uint16_t NameBitsOf(uint32_t mask) {
  uint16_t bits = 0;
  if (mask & IN_OPEN) bits |= kOpened | kUnchecked;
  if (mask & (IN_MODIFY | IN_ATTRIB)) bits |= kChanged;
  if (mask & IN_CLOSE_WRITE) bits |= kClosed;
  if (mask & (IN_CREATE | IN_MOVED_TO)) bits |= kAppeared | kUnchecked;
  if (mask & (IN_DELETE | IN_MOVED_FROM)) bits |= kVanished | kGone;
  if (mask & IN_DELETE) bits |= kDeleted;
  if ((mask & IN_CREATE) && (mask & IN_ISDIR)) bits |= kFolder;
  return bits;
}

bool ChangedNames::Note(std::string path, uint16_t bits) {
  const size_t bytes = path.size();
  auto [found, is_new] = names_.try_emplace(std::move(path), 0);
  uint16_t known = found->second;
  if (is_new) bytes_ += bytes;
  if ((bits & kUnchecked) && !(known & kUnchecked)) ++unchecked_;
  if ((known & kGone) && (bits & (kOpened | kChanged | kClosed))) known |= kChangedWhileGone;
  if ((known & kAppeared) && !(known & kGone) && (bits & (kDeleted | kAppeared)))
    known |= kShortLived;
  if (bits & kAppeared) known = static_cast<uint16_t>(known & ~kGone);
  found->second = static_cast<uint16_t>((known | bits) & ~kDeleted);
  return names_.size() <= kMaxNames && bytes_ <= kMaxBytes;
}

void ChangedNames::Forget(const std::string& path, uint16_t bits) {
  const auto found = names_.find(path);
  if (found == names_.end()) return;
  if ((found->second & bits & kUnchecked) != 0) --unchecked_;
  found->second = static_cast<uint16_t>(found->second & ~bits);
  if (found->second != 0) return;
  bytes_ -= path.size();
  names_.erase(found);
}

uint16_t ChangedNames::Find(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? uint16_t{0} : found->second;
}

ChangedNames::Bits ChangedNames::Take() {
  bytes_ = unchecked_ = 0;
  return std::exchange(names_, {});
}

std::vector<std::string> ChangedNames::Unchecked() const {
  std::vector<std::string> unchecked;
  for (const auto& [path, bits] : names_)
    if (bits & kUnchecked) unchecked.push_back(path);
  return unchecked;
}

}  // namespace carrel
