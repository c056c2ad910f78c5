#include "sandbox/processes/guest_looks.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <utility>

namespace carrel {
namespace {

// These threads are as nice as guests are (child/priority.cc).
constexpr int kNice = 10;

// A thread may always let others go first.
void LetOthersGoFirst() {
  static thread_local const int done =
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
  (void)done;
}

}  // namespace

GuestLooks::GuestLooks() : threads_(kThreads) {}

GuestLooks::~GuestLooks() { threads_.join(); }

void GuestLooks::Post(absl::AnyInvocable<void()> look) {
  asio::post(threads_, [look = std::move(look)]() mutable {
    LetOthersGoFirst();
    look();
  });
}

}  // namespace carrel
