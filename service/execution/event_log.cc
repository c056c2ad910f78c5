#include "service/execution/event_log.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

// A usual log has `started`, one piece of output, and `finished`.
constexpr size_t kUsualEvents = 3;

}  // namespace

EventLog::EventLog(StoredExecution stored) {
  absl::MutexLock lock(&mutex_);
  stored_ = std::move(stored);
  closed_ = true;
  stored_.ListTo(&events_);
  if (stored_.is_large())
    last_sequence_ = stored_.last_sequence();
  else if (!events_.empty())
    last_sequence_ = events_.back().sequence;
  byte_size_ = stored_.byte_size();
}

int64_t EventLog::Append(v1::ExecuteEvent&& event) {
  *event.mutable_time() = ToProto(absl::Now());
  const int64_t sequence = last_sequence() + 1;  // Only this thread appends.
  event.set_sequence(sequence);
  const bool last = event.has_finished();
  EventBytes bytes = ToBytes(std::move(event));
  absl::MutexLock lock(&mutex_);
  if (closed_) return last_sequence_;
  if (events_.empty()) events_.reserve(kUsualEvents);
  byte_size_ += static_cast<int64_t>(bytes.size());
  events_.push_back({sequence, std::move(bytes)});
  last_sequence_ = sequence;
  closed_ = last;
  return sequence;
}

StoredExecution EventLog::Store(absl::string_view id, int64_t ordinal, bool has_images) {
  std::vector<StoredEvent> old;  // Destroyed outside of the lock.
  absl::MutexLock lock(&mutex_);
  stored_ = StoredExecution(id, ordinal, has_images, events_);
  // Watchers that are still sending an event have a copy, which keeps the old bytes. Those of a
  // large execution find the next events there: a list of them for each watcher would be large,
  // too.
  if (stored_.is_large()) old.swap(events_);
  stored_.ListTo(&events_);
  return stored_;
}

void EventLog::Forget(int64_t first, int64_t last) {
  std::vector<StoredEvent> forgotten;  // Destroyed outside of the lock.
  absl::MutexLock lock(&mutex_);
  const auto before = [](const StoredEvent& entry, int64_t sequence) {
    return entry.sequence < sequence;
  };
  const auto begin = std::lower_bound(events_.begin(), events_.end(), first, before);
  const auto end = std::lower_bound(begin, events_.end(), last + 1, before);
  for (auto it = begin; it != end; ++it) byte_size_ -= static_cast<int64_t>(it->event.size());
  forgotten.assign(std::make_move_iterator(begin), std::make_move_iterator(end));
  events_.erase(begin, end);
}

void EventLog::Notify() {
  std::vector<std::shared_ptr<EventWatcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    watchers = watchers_;
  }
  for (const std::shared_ptr<EventWatcher>& watcher : watchers) watcher->OnEvents();
}

EventLog::Found EventLog::GetOfLarge(int64_t sequence) const {
  StoredExecution::Found next = stored_.FindFrom(sequence);
  if (stored_.abandoned()) return {.abandoned = true};
  Found found;
  found.last = next.left <= 1;
  found.more = next.left > 1;
  if (!next.first.has_value()) return found;
  found.event = std::move(next.first->event);
  found.sequence = next.first->sequence;
  return found;
}

EventLog::Found EventLog::Get(int64_t sequence) const {
  absl::MutexLock lock(&mutex_);
  if (stored_ && stored_.is_large()) return GetOfLarge(sequence);
  const auto it = std::lower_bound(
      events_.begin(), events_.end(), sequence,
      [](const StoredEvent& entry, int64_t number) { return entry.sequence < number; });
  Found found;
  found.abandoned = stored_ && stored_.abandoned();
  if (found.abandoned) return found;
  found.last = closed_ && events_.end() - it <= 1;
  found.more = events_.end() - it > 1;
  if (it == events_.end()) return found;
  found.event = stored_ ? stored_.Own(it->event) : it->event;
  found.sequence = it->sequence;
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

int64_t EventLog::last_sequence() const {
  absl::MutexLock lock(&mutex_);
  return last_sequence_;
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
