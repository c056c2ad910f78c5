#include "service/rpc/event_stream.h"

#include <algorithm>
#include <utility>

#include "service/requests/errors.h"
#include "service/rpc/executor_thread.h"

namespace carrel {

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
  // If the call ended meanwhile, OnDone may have come before Add.
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
  {
    absl::MutexLock lock(&mutex_);
    if (finished_ || writing_ || log_ == nullptr) return;
    found = log_->Get(next_);
    if (found.event == nullptr && !found.last) return;
    writing_ = found.event != nullptr;
    finished_ = found.last;
    in_flight_ = found.event;
    ++next_;
  }
  // No lock is held here: gRPC may call back. No other thread writes, since
  // writing_ or finished_ is set.
  if (found.event == nullptr) {
    Finish(grpc::Status::OK);
  } else if (found.last) {
    StartWriteAndFinish(found.event.get(), grpc::WriteOptions(), grpc::Status::OK);
  } else {
    // No buffer hint, even if the next one is there: gRPC 1.51 then keeps the message, and
    // does not say that it is done, until something else makes it write.
    StartWrite(found.event.get());
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

void EventStream::OnDone() {
  LetCallersGoFirst();
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
