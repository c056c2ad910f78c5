#include "service/execution/stored_execution.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace carrel {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

// Up to this size, events that nobody may read any more may as well be kept by a slow reader.
constexpr size_t kSmallBytes = 4 << 10;
// Parts of events below this size are packed together. gRPC gets copies of them
// (rpc/event_buffer.cc), so that a stalled stream keeps no more than one event.
constexpr size_t kSmallPart = 4 << 10;
// Memory that an event of a large execution takes besides its bytes.
constexpr int64_t kEventBytes = 160;
constexpr size_t kMaxVarintBytes = 10;

void AppendVarint(uint64_t value, std::string* bytes) {
  uint8_t varint[kMaxVarintBytes];
  const uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, varint);
  bytes->append(reinterpret_cast<const char*>(varint), static_cast<size_t>(end - varint));
}

// Removes a varint from the front; 0 if there is none.
uint64_t TakeVarint(absl::string_view* bytes) {
  CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes->data()),
                          static_cast<int>(std::min(bytes->size(), kMaxVarintBytes)));
  uint64_t value = 0;
  if (!stream.ReadVarint64(&value)) {
    *bytes = {};  // What follows cannot be read either.
    return 0;
  }
  bytes->remove_prefix(static_cast<size_t>(stream.CurrentPosition()));
  return value;
}

size_t MaxSerialisedSize(const std::vector<StoredEvent>& events) {
  size_t size = 0;
  for (const StoredEvent& one : events) size += one.event.size() + 2 * kMaxVarintBytes;
  return size;
}

std::string SerialiseAll(const std::vector<StoredEvent>& events) {
  std::string serialised;
  serialised.reserve(MaxSerialisedSize(events));
  for (const StoredEvent& one : events) {
    AppendVarint(static_cast<uint64_t>(one.sequence), &serialised);
    AppendVarint(one.event.size(), &serialised);
    absl::StrAppend(&serialised, one.event.start.bytes, one.event.rest.bytes);
  }
  return serialised;
}

// Removes the first of serialised events. It has no owner.
StoredEvent TakeEvent(absl::string_view* serialised) {
  StoredEvent one;
  one.sequence = static_cast<int64_t>(TakeVarint(serialised));
  const auto size = static_cast<size_t>(TakeVarint(serialised));
  one.event.start.bytes = serialised->substr(0, size);
  serialised->remove_prefix(one.event.start.bytes.size());
  return one;
}

// Moves the small parts of events to one piece of memory.
void Pack(std::vector<StoredEvent>* events) {
  const auto for_small_parts = [events](auto function) {
    for (StoredEvent& one : *events)
      for (SharedBytes* part : {&one.event.start, &one.event.rest})
        if (part->bytes.size() < kSmallPart) function(part);
  };
  size_t size = 0;
  for_small_parts([&](const SharedBytes* part) { size += part->bytes.size(); });
  auto packed = std::make_shared<std::string>();
  packed->reserve(size);  // So the bytes stay where they are.
  for_small_parts([&](SharedBytes* part) {
    const size_t begin = packed->size();
    absl::StrAppend(packed.get(), part->bytes);
    *part = {packed, absl::string_view(*packed).substr(begin)};
  });
}

}  // namespace

struct StoredExecution::LargeRep : Rep {
  std::string id;
  mutable absl::Mutex mutex;
  // Empty once they are abandoned.
  mutable std::vector<StoredEvent> events ABSL_GUARDED_BY(mutex);
};

std::shared_ptr<StoredExecution::Rep> StoredExecution::MakeSmall(absl::string_view id,
                                                                 absl::string_view events) {
  static_assert(std::is_trivially_destructible_v<Rep> && alignof(Rep) <= alignof(int64_t));
  const size_t bytes = sizeof(Rep) + id.size() + events.size();
  auto block = std::make_shared_for_overwrite<int64_t[]>((bytes + 7) / sizeof(int64_t));
  Rep* const rep = new (block.get()) Rep;
  rep->event_bytes = static_cast<int64_t>(events.size());
  char* const text = reinterpret_cast<char*>(rep + 1);
  id.copy(text, id.size());
  events.copy(text + id.size(), events.size());
  return {std::move(block), rep};
}

std::shared_ptr<StoredExecution::Rep> StoredExecution::MakeLarge(
    absl::string_view id, const std::vector<StoredEvent>& events) {
  auto large = std::make_shared<LargeRep>();
  large->is_large = true;
  large->id = std::string(id);
  absl::MutexLock lock(&large->mutex);
  large->events = events;
  Pack(&large->events);
  for (const StoredEvent& one : events) {
    large->event_bytes += static_cast<int64_t>(one.event.size());
    large->event_overhead += kEventBytes;
  }
  return large;
}

void StoredExecution::Keep(std::shared_ptr<Rep> rep, absl::string_view id, int64_t ordinal,
                           bool has_images) {
  rep->ordinal = ordinal;
  rep->id_size = static_cast<uint8_t>(id.size());
  rep->has_images = has_images;
  rep_ = std::move(rep);
}

StoredExecution::StoredExecution(absl::string_view id, int64_t ordinal, bool has_images,
                                 const std::vector<StoredEvent>& events) {
  const bool is_small = MaxSerialisedSize(events) <= kSmallBytes;
  Keep(is_small ? MakeSmall(id, SerialiseAll(events)) : MakeLarge(id, events), id, ordinal,
       has_images);
}

StoredExecution::StoredExecution(absl::string_view id, int64_t ordinal, bool has_images,
                                 absl::string_view serialised) {
  if (serialised.size() <= kSmallBytes) {
    Keep(MakeSmall(id, serialised), id, ordinal, has_images);
    return;
  }
  std::vector<StoredEvent> events;
  while (!serialised.empty()) {
    events.push_back(TakeEvent(&serialised));
    SharedBytes& bytes = events.back().event.start;
    if (bytes.bytes.size() >= kSmallPart) bytes = SharedBytes::Of(std::string(bytes.bytes));
  }
  Keep(MakeLarge(id, events), id, ordinal, has_images);
}

absl::string_view StoredExecution::id() const {
  if (rep_->is_large) return static_cast<const LargeRep&>(*rep_).id;
  return {reinterpret_cast<const char*>(rep_.get() + 1), rep_->id_size};
}

absl::string_view StoredExecution::SmallEvents() const {
  return {id().data() + rep_->id_size, static_cast<size_t>(rep_->event_bytes)};
}

std::string StoredExecution::Serialise() const {
  if (!rep_->is_large) return std::string(SmallEvents());
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  return SerialiseAll(large.events);
}

void StoredExecution::ListTo(std::vector<StoredEvent>* events) const {
  if (rep_->is_large) return events->clear();
  size_t count = 0;  // In place, since this is done for each cell.
  for (absl::string_view rest = SmallEvents(); !rest.empty(); ++count) {
    if (count == events->size()) events->emplace_back();
    (*events)[count] = TakeEvent(&rest);
  }
  events->resize(count);
}

EventBytes StoredExecution::Own(EventBytes listed) const {
  listed.start.owner = rep_;
  return listed;
}

StoredExecution::Found StoredExecution::FindFrom(int64_t sequence) const {
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  const auto it = std::lower_bound(
      large.events.begin(), large.events.end(), sequence,
      [](const StoredEvent& one, int64_t number) { return one.sequence < number; });
  Found found;
  found.left = static_cast<int64_t>(large.events.end() - it);
  if (found.left > 0) found.first = *it;
  return found;
}

int64_t StoredExecution::last_sequence() const {
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  return large.events.empty() ? 0 : large.events.back().sequence;
}

void StoredExecution::Abandon() const {
  rep_->abandoned = true;
  if (!rep_->is_large) return;
  std::vector<StoredEvent> freed;  // Destroyed outside of the lock.
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  freed.swap(large.events);
}

v1::Execution StoredExecution::Finished() const {
  EventBytes last;
  if (rep_->is_large) {
    const auto& large = static_cast<const LargeRep&>(*rep_);
    absl::MutexLock lock(&large.mutex);
    if (large.events.empty()) return {};
    last = large.events.back().event;
  } else {
    for (absl::string_view rest = SmallEvents(); !rest.empty();) last = TakeEvent(&rest).event;
  }
  v1::ExecuteEvent event = ToEvent(last);
  return std::move(*event.mutable_finished()->mutable_execution());
}

StoredExecution StoredExecution::Weak::Lock() const {
  StoredExecution execution;
  execution.rep_ = rep_.lock();
  return execution;
}

}  // namespace carrel
