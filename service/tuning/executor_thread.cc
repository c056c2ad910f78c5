#include "service/tuning/executor_thread.h"

#include <pthread.h>
#include <sched.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "sandbox/posix/small_file.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;

// The thread's name as the kernel truncates it, to 15 characters.
constexpr absl::string_view kExecutor = "default-executo";

bool IsExecutorThread() {
  char name[16] = "";
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return name == kExecutor;
}

// Sets the policy of all threads of the executor, since others may be busy for long.
bool TakePolicy() {
  if (!IsExecutorThread()) return true;
  std::error_code error;
  for (const fs::directory_entry& task : fs::directory_iterator("/proc/self/task", error)) {
    int tid = 0;
    const absl::StatusOr<std::string> name = ReadSmallFile((task.path() / "comm").string());
    if (!name.ok() || absl::StripTrailingAsciiWhitespace(*name) != kExecutor ||
        !absl::SimpleAtoi(task.path().filename().string(), &tid))
      continue;
    // If this is not permitted, or the thread has ended, callers are a little slower.
    const sched_param parameters{};
    sched_setscheduler(tid, SCHED_BATCH, &parameters);
  }
  return true;
}

}  // namespace

void UseBatchScheduling() {
  static thread_local const bool done = TakePolicy();
  static_cast<void>(done);
}

}  // namespace carrel
