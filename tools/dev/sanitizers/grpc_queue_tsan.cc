// Annotations for ThreadSanitizer of gRPC's completion queues, since Debian's gRPC is not
// instrumented: everything that a thread did before it started an operation, and another did before
// it completed it, has happened when the operation's tag comes out of the queue. As
// absl_mutex_tsan.cc does, this interposes the library's functions. gRPC calls these through its
// PLT (1.51; the two that begin and end are internal to it).
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#include "absl/status/status.h"
#include "tools/dev/sanitizers/tsan_next.h"

struct grpc_cq_completion;

bool grpc_cq_begin_op(grpc_completion_queue* queue, void* tag) {
  CARREL_REAL(bool (*)(grpc_completion_queue*, void*),
              "_Z16grpc_cq_begin_opP21grpc_completion_queuePv");
  __tsan_release(tag);
  return real(queue, tag);
}

// `status` is passed by invisible reference, so the parameter is that reference.
extern "C" void
_Z14grpc_cq_end_opP21grpc_completion_queuePvN4absl7debian36StatusEPFvS1_P18grpc_cq_completionES1_S6_b(  // NOLINT
    grpc_completion_queue* queue, void* tag, absl::Status* status,
    void (*done)(void*, grpc_cq_completion*), void* done_argument, grpc_cq_completion* storage,
    bool internal) {
  CARREL_REAL(void (*)(grpc_completion_queue*, void*, absl::Status*,
                       void (*)(void*, grpc_cq_completion*), void*, grpc_cq_completion*, bool),
              "_Z14grpc_cq_end_opP21grpc_completion_queuePvN4absl7debian36StatusE"
              "PFvS1_P18grpc_cq_completionES1_S6_b");
  __tsan_release(tag);
  real(queue, tag, status, done, done_argument, storage, internal);
}

extern "C" grpc_event grpc_completion_queue_next(grpc_completion_queue* queue,
                                                 gpr_timespec deadline, void* reserved) {
  CARREL_REAL(grpc_event(*)(grpc_completion_queue*, gpr_timespec, void*),
              "grpc_completion_queue_next");
  const grpc_event event = real(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

extern "C" grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                                  gpr_timespec deadline, void* reserved) {
  CARREL_REAL(grpc_event(*)(grpc_completion_queue*, void*, gpr_timespec, void*),
              "grpc_completion_queue_pluck");
  const grpc_event event = real(queue, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(tag);
  return event;
}
