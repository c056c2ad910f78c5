// Ends short calls on the thread that they end on.
//
// gRPC 1.51 hands each streaming call's OnDone to a thread of its executor, since it cannot know
// what OnDone does: two switches of threads a call, which on few CPUs its caller waits for. Only a
// reactor that says InternalInlineable is spared that, and of streaming calls only where another
// end than Finish's comes last. This function stands before the library's of the same name
// (src/cpp/server/server_callback.cc) and asks the reactor in all cases. Where the library has
// another version, this one is never called.
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
