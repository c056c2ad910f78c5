// Sends the events of an execution to one caller, at the caller's pace.
#ifndef CARREL_SERVICE_RPC_EVENT_STREAM_H_
#define CARREL_SERVICE_RPC_EVENT_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "service/execution/event_log.h"

namespace carrel {

// The reactor of Execute and WatchExecution. It copies nothing: a slow caller just lags behind in
// the log. Lives until gRPC and the log have released it.
class EventStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    public EventWatcher,
                    public std::enable_shared_from_this<EventStream> {
 public:
  static std::shared_ptr<EventStream> Make();

  // Streams `log` from event `start_sequence` on. Call either Follow or Fail, once, on any thread.
  void Follow(const std::shared_ptr<EventLog>& log, int64_t start_sequence);
  void Fail(const absl::Status& status);

  // EventWatcher.
  void OnEvents() override { Pump(); }
  // Reactor.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  // True for short streams, whose end needs no thread of its own (done_inline.cc). The end of a
  // long one is left to gRPC's executor, whose threads OnDone gives a batch scheduling policy
  // (executor_thread.h).
  bool InternalInlineable() override;

 private:
  EventStream() = default;
  // Sends the next event if there is one and none is being sent.
  void Pump();
  void Write(EventLog::Found found, bool first);
  void FinishOnce(const grpc::Status& status);

  absl::Mutex mutex_;
  std::shared_ptr<EventLog> log_ ABSL_GUARDED_BY(mutex_);
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 1;
  grpc::ByteBuffer in_flight_;  // Used by the thread that has set writing_.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;  // Something was written.
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // Finish was called, or the write that includes the status.
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  // gRPC's share of the ownership, until OnDone.
  std::shared_ptr<EventStream> self_;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_RPC_EVENT_STREAM_H_
