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
  if (!stream.ReadVarint64(&value)) value = 0;
  bytes->remove_prefix(static_cast<size_t>(stream.CurrentPosition()));
  return value;
}

}  // namespace

void AppendStoredEvent(int64_t sequence, const EventBytes& event, std::string* events) {
  AppendVarint(static_cast<uint64_t>(sequence), events);
  AppendVarint(event.size(), events);
  absl::StrAppend(events, event.start.bytes, event.rest.bytes);
}

size_t MaxStoredSize(const EventBytes& event) { return event.size() + 2 * kMaxVarintBytes; }

StoredEvent TakeStoredEvent(absl::string_view* events) {
  StoredEvent event;
  event.sequence = static_cast<int64_t>(TakeVarint(events));
  const auto size = static_cast<size_t>(TakeVarint(events));
  event.bytes = events->substr(0, size);
  events->remove_prefix(event.bytes.size());
  return event;
}

struct StoredExecution::LargeRep : Rep {
  std::string id;
  mutable absl::Mutex mutex;
  mutable std::shared_ptr<const std::string> events ABSL_GUARDED_BY(mutex);
};

std::shared_ptr<StoredExecution::Rep> StoredExecution::MakeSmall(absl::string_view id,
                                                                 absl::string_view events) {
  static_assert(std::is_trivially_destructible_v<Rep> && alignof(Rep) <= alignof(int64_t));
  const size_t bytes = sizeof(Rep) + id.size() + events.size();
  auto block = std::make_shared_for_overwrite<int64_t[]>((bytes + 7) / sizeof(int64_t));
  Rep* const rep = new (block.get()) Rep;
  char* const text = reinterpret_cast<char*>(rep + 1);
  id.copy(text, id.size());
  events.copy(text + id.size(), events.size());
  return {std::move(block), rep};
}

StoredExecution::StoredExecution(absl::string_view id, int64_t ordinal, bool has_images,
                                 std::string events) {
  const auto event_bytes = static_cast<int64_t>(events.size());
  std::shared_ptr<Rep> rep;
  if (events.size() <= kSmallBytes) {
    rep = MakeSmall(id, events);
  } else {
    auto large = std::make_shared<LargeRep>();
    large->id = std::string(id);
    absl::MutexLock lock(&large->mutex);
    large->events = std::make_shared<const std::string>(std::move(events));
    large->is_large = true;
    rep = large;
  }
  rep->ordinal = ordinal;
  rep->event_bytes = event_bytes;
  rep->id_size = static_cast<uint8_t>(id.size());
  rep->has_images = has_images;
  rep_ = std::move(rep);
}

absl::string_view StoredExecution::id() const {
  if (rep_->is_large) return static_cast<const LargeRep&>(*rep_).id;
  return {reinterpret_cast<const char*>(rep_.get() + 1), rep_->id_size};
}

SharedBytes StoredExecution::events() const {
  if (!rep_->is_large) {
    if (abandoned()) return {};
    return {rep_, {id().data() + rep_->id_size, static_cast<size_t>(rep_->event_bytes)}};
  }
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  if (large.events == nullptr) return {};
  return {large.events, *large.events};
}

bool StoredExecution::abandoned() const { return rep_->abandoned; }

void StoredExecution::Abandon() const {
  rep_->abandoned = true;
  if (!rep_->is_large) return;
  std::shared_ptr<const std::string> freed;  // Destroyed outside of the lock.
  const auto& large = static_cast<const LargeRep&>(*rep_);
  absl::MutexLock lock(&large.mutex);
  freed.swap(large.events);
}

v1::Execution StoredExecution::Finished() const {
  const SharedBytes shared = events();
  StoredEvent last;
  for (absl::string_view rest = shared.bytes; !rest.empty();) last = TakeStoredEvent(&rest);
  v1::ExecuteEvent event;
  // Cannot fail: the bytes are those of an event.
  event.ParseFromArray(last.bytes.data(), static_cast<int>(last.bytes.size()));
  return std::move(*event.mutable_finished()->mutable_execution());
}

StoredExecution StoredExecution::Weak::Lock() const {
  StoredExecution execution;
  execution.rep_ = rep_.lock();
  return execution;
}

}  // namespace carrel
