#include "sandbox/changes/change_queue.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace carrel {
namespace {

// A file that was only read has not changed, so IN_CLOSE_NOWRITE is left out. IN_MODIFY is there
// for truncate(2), which opens nothing.
constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                           IN_ATTRIB | IN_OPEN | IN_CLOSE_WRITE | IN_ONLYDIR;
constexpr size_t kBufferBytes = 64 << 10;
// A workspace with this many events in a queue that has overflowed has contributed to the overflow.
constexpr size_t kPartOfOverflow = ChangeQueue::kFloodEvents / 4;

}  // namespace

ChangeQueue::ChangeQueue(size_t most_watches)
    : most_watches_(most_watches), fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

ChangeQueue::Id ChangeQueue::Add() {
  absl::MutexLock lock(&mutex_);
  workspaces_[++last_id_].lost = true;
  return last_id_;
}

void ChangeQueue::Remove(Id id) {
  CloseDiscarded();
  absl::MutexLock lock(&mutex_);
  RemoveWatches(&workspaces_[id]);
  workspaces_.erase(id);
}

size_t ChangeQueue::size() const {
  absl::MutexLock lock(&mutex_);
  return workspaces_.size();
}

int ChangeQueue::fd() const {
  absl::MutexLock lock(&mutex_);
  return fd_.get();
}

void ChangeQueue::Restart(Id id) {
  CloseDiscarded();
  absl::MutexLock lock(&mutex_);
  Workspace& workspace = workspaces_[id];
  Lose(&workspace, 0);
  workspace.lost = false;
  workspace.penalty = 0;
}

bool ChangeQueue::Watch(Id id, int folder, const std::string& path) {
  CloseDiscarded();
  absl::MutexLock lock(&mutex_);
  if (!fd_) fd_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  Workspace& workspace = workspaces_[id];
  workspace.watch_bytes += path.size();
  if (!fd_ || workspace.watches.size() >= kMaxWatches || workspace.watch_bytes > kMaxPathBytes ||
      watched_.size() >= most_watches_)
    return false;
  // The watch is of the open directory, whatever its name leads to by now. The lock is held, since
  // events of this watch could otherwise be read before its workspace is known.
  const int watch =
      inotify_add_watch(fd_.get(), absl::StrCat("/proc/self/fd/", folder).c_str(), kMask);
  if (watch < 0) return false;
  workspace.watches.insert(watch);
  watched_[watch] = Watched{id, path};
  return true;
}

// -------------------------------------------------------------------- events

ChangeEvents ChangeQueue::Take(Id id) {
  absl::MutexLock lock(&mutex_);
  Read();
  Workspace& workspace = workspaces_[id];
  workspace.settled = false;
  // `lost` remains until Restart.
  return {workspace.names.Take(), workspace.lost, std::exchange(workspace.penalty, 0)};
}

void ChangeQueue::ForgetOpened(Id id, absl::Span<const std::string> opened,
                               absl::Span<const std::string> gone) {
  absl::MutexLock lock(&mutex_);
  Read();
  Workspace& workspace = workspaces_[id];
  for (const std::string& path : opened) workspace.names.Forget(path, kOpened | kUnchecked);
  for (const std::string& path : gone)
    if (workspace.names.Find(path) & kGone) workspace.names.Forget(path, kUnchecked);
}

std::vector<std::string> ChangeQueue::Unchecked(Id id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = workspaces_.find(id);
  return found == workspaces_.end() ? std::vector<std::string>() : found->second.names.Unchecked();
}

void ChangeQueue::Reconcile(Id id, bool settled, bool has_links) {
  absl::MutexLock lock(&mutex_);
  workspaces_[id].settled = settled;
  workspaces_[id].has_links = has_links;
}

bool ChangeQueue::IsQuiet(Id id) {
  absl::MutexLock lock(&mutex_);
  Read();
  const Workspace& workspace = workspaces_[id];
  return workspace.settled && !workspace.has_links && !workspace.lost && workspace.names.empty();
}

bool ChangeQueue::IsStill(Id id, uint64_t* stamp) {
  absl::MutexLock lock(&mutex_);
  Read();
  const Workspace& workspace = workspaces_[id];
  *stamp = workspace.stamp;
  return workspace.settled && !workspace.lost && !workspace.names.has_unchecked();
}

void ChangeQueue::CallWhenActive(Id id, uint64_t stamp, std::function<void()> call) {
  absl::MutexLock lock(&mutex_);
  Workspace& workspace = workspaces_[id];
  workspace.call = std::move(call);
  if (workspace.stamp != stamp || workspace.names.has_unchecked() || workspace.lost)
    SetDue(id, &workspace);
}

void ChangeQueue::Tick() {
  std::vector<std::function<void()>> calls;
  {
    absl::MutexLock lock(&mutex_);
    if (workspaces_.empty()) return;
    Read();
    for (Id id : std::exchange(due_, {})) {
      const auto found = workspaces_.find(id);
      if (found == workspaces_.end()) continue;
      found->second.due = false;
      if (found->second.call) calls.push_back(std::exchange(found->second.call, nullptr));
    }
  }
  for (std::function<void()>& call : calls) call();
}

// ------------------------------------------------------------------- reading

void ChangeQueue::Read() {
  alignas(struct inotify_event) std::array<char, kBufferBytes> buffer;
  for (size_t total = 0; fd_.valid();) {
    const ssize_t size = read(fd_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;  // Empty.
    for (size_t at = 0; at < static_cast<size_t>(size) && fd_.valid();) {
      struct inotify_event event;
      memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      Handle(event, absl::string_view(name, strnlen(name, event.len)));
      at += sizeof event + event.len;
    }
    total += static_cast<size_t>(size);
    if (total > kMaxBytesRead) ThrowAway();
  }
  StopFloods(kFloodEvents);
  for (Id id : std::exchange(active_, {})) {
    const auto found = workspaces_.find(id);
    if (found != workspaces_.end()) found->second.events_read = 0;
  }
}

void ChangeQueue::Handle(const struct inotify_event& event, absl::string_view name) {
  if (event.mask & IN_Q_OVERFLOW) return ThrowAway();
  const auto watched = watched_.find(event.wd);
  if (watched == watched_.end()) return;  // The directory is not watched any more.
  const Id id = watched->second.id;
  Workspace& workspace = workspaces_[id];
  if (workspace.events_read++ == 0) active_.push_back(id);
  if (event.mask & (IN_IGNORED | IN_UNMOUNT)) {
    // The directory is gone; the removal of each of its entries has been reported.
    workspace.watch_bytes -= watched->second.path.size();
    workspace.watches.erase(event.wd);
    watched_.erase(watched);
    if (event.mask & IN_UNMOUNT) Lose(&workspace, 0);
    return;
  }
  const bool folder = (event.mask & IN_ISDIR) != 0;
  // No file changes when a directory is read, which this server does too, or its attributes are
  // set; the contents of a deleted directory have been reported.
  if (event.len == 0 || (folder && !(event.mask & (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO))))
    return;
  if (folder && !(event.mask & IN_CREATE)) return Lose(&workspace, kPenaltyOfMovedDirectory);
  if (!workspace.lost) {
    const std::string& above = watched->second.path;
    const uint16_t bits = NameBitsOf(event.mask);
    if (!(bits & kOpened)) ++workspace.stamp;
    if (!workspace.names.Note(above.empty() ? std::string(name) : absl::StrCat(above, "/", name),
                              bits))
      Lose(&workspace, kPenaltyOfNames);
  }
  SetDue(id, &workspace);
}

// ------------------------------------------------------------------- losing

void ChangeQueue::Lose(Workspace* workspace, int penalty) {
  ++workspace->stamp;
  if (!workspace->lost) workspace->penalty += penalty;
  workspace->lost = true;
  workspace->names.Take();
  workspace->settled = false;
  RemoveWatches(workspace);
}

void ChangeQueue::StopFloods(size_t least_events) {
  for (Id id : active_) {
    const auto found = workspaces_.find(id);
    if (found == workspaces_.end() || found->second.events_read < least_events) continue;
    found->second.events_read = 0;
    Lose(&found->second, 0);
    found->second.penalty += kPenaltyOfFlood;
  }
}

void ChangeQueue::RemoveWatches(Workspace* workspace) {
  for (int watch : workspace->watches) {
    // Its events that are still in the queue are ignored from here on.
    inotify_rm_watch(fd_.get(), watch);
    watched_.erase(watch);
  }
  workspace->watches.clear();
  workspace->watch_bytes = 0;
}

void ChangeQueue::SetDue(Id id, Workspace* workspace) {
  if (!workspace->call || workspace->due) return;
  workspace->due = true;
  due_.push_back(id);
}

void ChangeQueue::ThrowAway() {
  // Closing it removes every watch, which takes too long for the loop.
  discarded_.push_back(std::move(fd_));
  watched_.clear();
  for (auto& [id, workspace] : workspaces_) {
    workspace.watches.clear();
    workspace.watch_bytes = 0;
    Lose(&workspace, 0);
    SetDue(id, &workspace);
  }
  StopFloods(kPartOfOverflow);
}

void ChangeQueue::CloseDiscarded() {
  std::vector<UniqueFd> discarded;  // Closed after the lock is released.
  absl::MutexLock lock(&mutex_);
  discarded.swap(discarded_);
}

}  // namespace carrel
