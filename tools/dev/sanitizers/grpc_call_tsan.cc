// An annotation for ThreadSanitizer: a reactor's OnDone comes after the ends of all the call's
// callbacks, which gRPC counts by an atomic, in part within its uninstrumented library. This
// interposes the library's function, as grpc_queue_tsan.cc does, and replaces
// service/tuning/done_inline.cc, whose work it does.
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

#include "tools/dev/sanitizers/tsan_next.h"

namespace grpc::internal {

void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  CARREL_REAL(void (*)(ServerCallbackCall*, bool),
              "_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  __tsan_acquire(&callbacks_outstanding_);
  real(this, inline_ondone || reactor()->InternalInlineable());
}

}  // namespace grpc::internal
