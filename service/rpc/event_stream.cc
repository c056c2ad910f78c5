#include "service/rpc/event_stream.h"

#include <algorithm>
#include <utility>

#include "service/model/errors.h"
#include "service/rpc/event_buffer.h"
#include "service/rpc/wire.h"
#include "service/tuning/executor_thread.h"

namespace carrel {
namespace {

// gRPC buffers up to 64 KiB for the next write (grpc.http2.write_buffer_size).
constexpr size_t kSmallBytes = 16 << 10;
// The maximum number of events of a short stream.
constexpr int64_t kFewEvents = 16;

}  // namespace

std::shared_ptr<EventStream> EventStream::Make() {
  std::shared_ptr<EventStream> stream(new EventStream());
  stream->self_ = stream;
  return stream;
}

void EventStream::Follow(const std::shared_ptr<EventLog>& log, int64_t start_sequence) {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    log_ = log;
    next_ = std::max<int64_t>(1, start_sequence);
  }
  log->Add(shared_from_this());
  Pump();
  // If the call has ended meanwhile, OnDone may have come before Add.
  bool done;
  {
    absl::MutexLock lock(&mutex_);
    done = done_;
  }
  if (done) log->Remove(this);
}

void EventStream::Fail(const absl::Status& status) { FinishOnce(ToRpcStatus(status)); }

void EventStream::Pump() {
  EventLog::Found found;
  bool first;
  {
    absl::MutexLock lock(&mutex_);
    if (finished_ || writing_ || log_ == nullptr) return;
    found = log_->Get(next_);
    if (!found.event.has_value() && !found.last && !found.abandoned) return;
    writing_ = found.event.has_value();
    finished_ = found.last || found.abandoned;
    first = !std::exchange(begun_, true);
    next_ = found.sequence + 1;
  }
  // No lock is held here: gRPC may call back. No other thread writes, since
  // writing_ or finished_ is set.
  Write(std::move(found), first);
}

void EventStream::Write(EventLog::Found found, bool first) {
  if (found.abandoned) return Finish(ToRpcStatus(EventsForgotten()));
  if (!found.event.has_value()) return Finish(grpc::Status::OK);
  in_flight_ = ToByteBuffer(*found.event);
  if (found.last) {
    StartWriteAndFinish(&in_flight_, grpc::WriteOptions(), grpc::Status::OK);
  } else {
    // A small event is sent with the next, if there is one: this saves a system call, and the
    // caller is woken once for both. This does not hold for the first event: gRPC 1.51 would not
    // report it as written, since the headers that go with it are not.
    grpc::WriteOptions options;
    if (found.more && !first && found.event->size() < kSmallBytes) options.set_buffer_hint();
    StartWrite(&in_flight_, options);
  }
}

void EventStream::OnWriteDone(bool ok) {
  bool stop;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    stop = !ok || cancelled_;
  }
  if (stop) {
    FinishOnce(grpc::Status::CANCELLED);
  } else {
    Pump();
  }
}

void EventStream::OnCancel() {
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (writing_) return;  // OnWriteDone finishes.
  }
  FinishOnce(grpc::Status::CANCELLED);
}

void EventStream::FinishOnce(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
  }
  Finish(status);
}

bool EventStream::InternalInlineable() {
  absl::MutexLock lock(&mutex_);
  return next_ <= kFewEvents;
}

void EventStream::OnDone() {
  UseBatchScheduling();
  std::shared_ptr<EventLog> log;
  {
    absl::MutexLock lock(&mutex_);
    done_ = true;
    log = log_;
  }
  if (log != nullptr) log->Remove(this);
  self_.reset();  // May destroy *this.
}

}  // namespace carrel
