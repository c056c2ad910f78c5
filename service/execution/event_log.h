// The log of one execution's events as callers read them: kept once, serialised once, watched by
// any number of streams at their own pace.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_LOG_H_
#define CARREL_SERVICE_EXECUTION_EVENT_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/event_bytes.h"
#include "service/execution/stored_execution.h"

namespace carrel {

// A reader of a log.
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;
  // Notifies that there is more to read. Called on the thread that notifies, without locks.
  virtual void OnEvents() = 0;
};

// Thread-safe. Only one thread appends; events are numbered 1, 2, 3, …, with gaps where some were
// forgotten.
class EventLog {
 public:
  EventLog() = default;
  // The log of a stored execution, to be read.
  explicit EventLog(StoredExecution stored);

  // Sets the time and the sequence number of `event`, keeps it, and returns that number. Nothing
  // can be appended after an event that is `finished`.
  int64_t Append(v1::ExecuteEvent&& event);
  // Removes the events `first` to `last`: a watcher that has not read them by now never does.
  void Forget(int64_t first, int64_t last);
  // Makes the value that a store keeps, from a closed log. Watchers go on reading, but from that
  // value; so the log ends early if that is abandoned. Call it once, on the thread that appends.
  StoredExecution Store(absl::string_view id, int64_t ordinal, bool has_images);
  // Notifies the watchers that there is more. Call it once for events that come together, so that
  // they are sent together.
  void Notify();

  // The first event with that number or a higher one, if there is one yet.
  struct Found {
    absl::optional<EventBytes> event;
    int64_t sequence = 0;
    bool last = false;       // It is the last event of the log.
    bool more = false;       // The next event is in the log, too.
    bool abandoned = false;  // There will be no more events.
  };
  Found Get(int64_t sequence) const;

  // True once `finished` is in it.
  bool closed() const;
  // Number of events, as long as they are not stored.
  int64_t size() const;
  // Sequence number of the newest event.
  int64_t last_sequence() const;
  // Bytes of all its events.
  int64_t byte_size() const;

  // Adds a watcher, which is notified from now on. Remove may be called at any time, also from
  // OnEvents; a notification in progress may still arrive after it.
  void Add(std::shared_ptr<EventWatcher> watcher);
  void Remove(const EventWatcher* watcher);

 private:
  // The same as Get, once a large execution is stored.
  Found GetOfLarge(int64_t sequence) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  // By sequence. They have no owners if the log is stored: then stored_ owns them.
  std::vector<StoredEvent> events_ ABSL_GUARDED_BY(mutex_);
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::shared_ptr<EventWatcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  int64_t byte_size_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  StoredExecution stored_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_LOG_H_
