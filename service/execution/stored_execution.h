// A finished execution as stores keep it: a value in one piece.
#ifndef CARREL_SERVICE_EXECUTION_STORED_EXECUTION_H_
#define CARREL_SERVICE_EXECUTION_STORED_EXECUTION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/event_bytes.h"

namespace carrel {

// One event of an execution.
struct StoredEvent {
  int64_t sequence = 0;
  EventBytes event;
};

// An execution's id, its place in the session's history, and its events; the last of them is
// `finished`, and contains its code and result. A copy costs a counter: all copies share the bytes,
// which never change. The one exception is Abandon, which has them freed under those who read them.
//
// Thread-safe, as a shared_ptr is.
class StoredExecution {
 public:
  // No execution.
  StoredExecution() = default;
  // `id` has at most 255 bytes; `events` are complete.
  StoredExecution(absl::string_view id, int64_t ordinal, bool has_images,
                  const std::vector<StoredEvent>& events);
  // The same from the result of Serialise.
  StoredExecution(absl::string_view id, int64_t ordinal, bool has_images,
                  absl::string_view serialised);

  explicit operator bool() const { return rep_ != nullptr; }
  absl::string_view id() const;
  int64_t ordinal() const { return rep_->ordinal; }
  // True if it displayed images: they are files of its session, to be deleted when it is forgotten.
  bool has_images() const { return rep_->has_images; }
  // True if no other copy of it exists, so that nobody else reads it.
  bool unique() const { return rep_.use_count() == 1; }
  // Number of bytes of its events, also after Abandon.
  int64_t byte_size() const { return rep_->event_bytes; }
  // Approximate bytes of memory of its events.
  int64_t memory_size() const { return rep_->event_bytes + rep_->event_overhead; }

  // Returns the events in one piece, for stores that write them: for each event its sequence number
  // and its size, as varints (https://protobuf.dev/programming-guides/encoding), then its bytes.
  std::string Serialise() const;
  // A large execution, whose events have pieces of memory of their own, is read by FindFrom, a
  // small one by ListTo and Own.
  bool is_large() const { return rep_->is_large; }
  // Sets `events` to the events of a small execution, without owners: to be read only after Own.
  // None if it is large.
  void ListTo(std::vector<StoredEvent>* events) const;
  // Returns an event that ListTo has listed, with its owner.
  EventBytes Own(EventBytes listed) const;
  struct Found {
    absl::optional<StoredEvent> first;
    int64_t left = 0;  // Number of events from this one on; 0 if there is none, or once abandoned.
  };
  // Finds the first event of a large execution with that number or a higher one.
  Found FindFrom(int64_t sequence) const;
  // The number of the last event of a large execution; 0 once abandoned.
  int64_t last_sequence() const;
  bool abandoned() const { return rep_->abandoned; }
  // Frees the events although they may be read; readers notice. Those of a small execution are
  // freed with its last copy.
  void Abandon() const;

  // The execution in its `finished` event. Not for one that is abandoned.
  v1::Execution Finished() const;

  // Knows an execution without keeping it.
  class Weak;

 private:
  struct Rep {
    int64_t ordinal = 0;
    int64_t event_bytes = 0;
    int32_t event_overhead = 0;
    uint8_t id_size = 0;
    bool has_images = false;
    bool is_large = false;  // It is a LargeRep.
    mutable std::atomic<bool> abandoned{false};
  };
  struct LargeRep;

  // Makes a Rep that is followed by id and events in the same block of memory, since sessions keep
  // many small executions.
  static std::shared_ptr<Rep> MakeSmall(absl::string_view id, absl::string_view events);
  static std::shared_ptr<Rep> MakeLarge(absl::string_view id,
                                        const std::vector<StoredEvent>& events);
  void Keep(std::shared_ptr<Rep> rep, absl::string_view id, int64_t ordinal, bool has_images);
  // The serialised events of a small execution.
  absl::string_view SmallEvents() const;

  std::shared_ptr<const Rep> rep_;
};

class StoredExecution::Weak {
 public:
  explicit Weak(const StoredExecution& execution) : rep_(execution.rep_) {}
  bool expired() const { return rep_.expired(); }
  // The execution; none if no other copy is left.
  StoredExecution Lock() const;

 private:
  std::weak_ptr<const Rep> rep_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_STORED_EXECUTION_H_
