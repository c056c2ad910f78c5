// The events of one execution, as callers read them: kept once, serialised once,
// watched by any number of streams at their own pace.
#ifndef CARREL_SERVICE_EXECUTION_EVENT_LOG_H_
#define CARREL_SERVICE_EXECUTION_EVENT_LOG_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/event_bytes.h"

namespace carrel {

// Somebody who reads a log.
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;
  // There is more to read. Called on the thread that tells, without locks.
  virtual void OnEvents() = 0;
};

// Thread-safe. Appended to by one thread; the numbers of events are 1, 2, 3, …, with gaps where
// some were forgotten.
class EventLog {
 public:
  // Gives `event` its sequence number, which is returned, and its time, and keeps it. Nothing can
  // be appended after an event that is `finished`.
  int64_t Append(v1::ExecuteEvent&& event);
  // Forgets the events from one number to another: they never happened, for whoever has not read
  // them by now.
  void Forget(int64_t first, int64_t last);
  // Forgets all, to free the memory, though somebody may still be reading.
  void Abandon();
  // Tells the watchers that there is more: once for events that come together, so that
  // they leave together.
  void Tell();

  // The first event with that number or a higher one, if there is one yet.
  struct Found {
    absl::optional<EventBytes> event;
    int64_t sequence = 0;
    bool last = false;       // It is the last one there will be.
    bool more = false;       // The one after it is there, too.
    bool abandoned = false;  // There will be none.
  };
  Found Get(int64_t sequence) const;

  // True once `finished` is in it.
  bool closed() const;
  // The execution that `finished` tells of. Only of a log that is closed.
  v1::Execution Finished() const;
  // How many events it has.
  int64_t size() const;
  // The number of the newest event.
  int64_t last_sequence() const;
  // Bytes of all its events.
  int64_t byte_size() const;
  // Bytes of memory that it takes, more or less.
  int64_t memory_size() const;

  // Watchers are told of what is told after this; Remove may be called at
  // any time, also from OnEvents, and a call under way may still arrive after it.
  void Add(std::shared_ptr<EventWatcher> watcher);
  void Remove(const EventWatcher* watcher);

 private:
  struct Entry {
    int64_t sequence;
    EventBytes event;
  };

  // What is kept from now on is one piece of memory: it is many records that a session has.
  void Compact() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::vector<Entry> events_ ABSL_GUARDED_BY(mutex_);  // By sequence.
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::shared_ptr<EventWatcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  int64_t byte_size_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_EVENT_LOG_H_
