#include "service/execution/event_log.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "service/execution/event_bytes.h"
#include "service/requests/time_proto.h"

namespace carrel {

void EventLog::Append(v1::ExecuteEvent event) {
  *event.mutable_time() = ToProto(absl::Now());
  event.set_sequence(size() + 1);  // Only this thread appends.
  const bool last = event.has_finished();
  auto serialized = std::make_shared<const grpc::ByteBuffer>(ToBytes(std::move(event)));
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  byte_size_ += static_cast<int64_t>(serialized->Length());
  events_.push_back(std::move(serialized));
  closed_ = last;
}

void EventLog::Tell() {
  std::vector<std::shared_ptr<EventWatcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    watchers = watchers_;
  }
  for (const std::shared_ptr<EventWatcher>& watcher : watchers) watcher->OnEvents();
}

EventLog::Found EventLog::Get(int64_t sequence) const {
  absl::MutexLock lock(&mutex_);
  const auto size = static_cast<int64_t>(events_.size());
  Found found;
  found.last = closed_ && sequence >= size;
  found.more = sequence < size;
  if (sequence >= 1 && sequence <= size) found.event = events_[static_cast<size_t>(sequence - 1)];
  return found;
}

bool EventLog::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

int64_t EventLog::size() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(events_.size());
}

int64_t EventLog::byte_size() const {
  absl::MutexLock lock(&mutex_);
  return byte_size_;
}

void EventLog::Add(std::shared_ptr<EventWatcher> watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.push_back(std::move(watcher));
}

void EventLog::Remove(const EventWatcher* watcher) {
  std::shared_ptr<EventWatcher> removed;  // Destroyed outside of the lock.
  absl::MutexLock lock(&mutex_);
  auto it = std::find_if(watchers_.begin(), watchers_.end(),
                         [&](const auto& other) { return other.get() == watcher; });
  if (it == watchers_.end()) return;
  removed = std::move(*it);
  watchers_.erase(it);
}

}  // namespace carrel
