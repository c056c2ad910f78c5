// Runs OnDone of short calls on the thread on which they end.
//
// gRPC 1.51 hands each streaming call's OnDone to a thread of its executor, since it cannot know
// how long OnDone takes: two context switches per call, which on few CPUs its caller waits for.
// Only a reactor whose InternalInlineable is true is spared that and, for streaming calls, only if
// another operation than Finish ends last. This function precedes the library's of the same name
// (src/cpp/server/server_callback.cc) in symbol lookup, and asks the reactor in all cases. In other
// versions of the library, which lack that symbol, this one is never called.
#include <dlfcn.h>
#include <grpcpp/support/server_callback.h>

namespace grpc::internal {

void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  if (inline_ondone || reactor()->InternalInlineable()) return CallOnDone();
  static const auto library = reinterpret_cast<void (*)(ServerCallbackCall*, bool)>(
      dlsym(RTLD_NEXT, "_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb"));
  if (library == nullptr) return CallOnDone();
  library(this, inline_ondone);
}

}  // namespace grpc::internal
