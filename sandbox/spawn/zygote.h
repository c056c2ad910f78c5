// The host's handle on a zygote: the process of one image that has imported its modules and forks
// sessions. The code of that process starts in child/zygote/zygote_main.cc; the host's side of one
// such process is zygote_connection.h.
#ifndef CARREL_SANDBOX_SPAWN_ZYGOTE_H_
#define CARREL_SANDBOX_SPAWN_ZYGOTE_H_

#include <asio/thread_pool.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "sandbox/cgroup/cgroup_limits.h"
#include "sandbox/interpreter.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/processes/sampling_threads.h"
#include "sandbox/spawn/launcher.h"

namespace carrel {

// The parameters of one interpreter to start.
struct SpawnOptions {
  // A directory below ZygoteSpec::sessions_directory that becomes /mnt/data, e.g. "s-1/files". It
  // exists and belongs to `uid`.
  std::string workspace;
  // The user id of the session: unique, in isolation modes where sessions have their own users.
  uint32_t uid = 0;
  // A directory, given like `workspace`, that holds tmp/ and shm/ in isolation modes that mount
  // nothing.
  std::string private_folder;
  SandboxLimits limits;
  // The limits of its cgroup, if it has one; derived from `limits` if not set. The self-test sets
  // them, to observe the cgroup's limits alone.
  absl::optional<CgroupLimits> cgroup_limits;
  // Environment variables, already validated.
  std::vector<std::pair<std::string, std::string>> environment;
  // The time between an interrupt and a kill.
  absl::Duration interrupt_grace_period = absl::Seconds(3);
};

// All methods except Start belong to the loop's thread.
class Zygote {
 public:
  virtual ~Zygote() = default;

  // Launches the process and waits until it has imported its modules. Blocks: call it before the
  // loop has work. When a zygote dies later, a spare copy of it takes its place and a new one is
  // launched, without harm to existing sandboxes. `pool` runs work for its sandboxes that may
  // block; `samplers` samples their processes, which guests may delay.
  static absl::StatusOr<std::unique_ptr<Zygote>> Start(EventLoop* loop, asio::thread_pool* pool,
                                                       SamplingThreads* samplers,
                                                       Launcher* launcher, ZygoteSpec spec);

  // Forks an interpreter, confined and ready for a cell. `done` is called once, not from within
  // Spawn: with UNAVAILABLE if the zygote dies before it has replied, or is being replaced and
  // there is no spare copy; with INTERNAL and the step that failed if confinement could not be
  // completed, or if there are cgroups and none could be made for it.
  virtual void Spawn(
      SpawnOptions options,
      absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Interpreter>>)> done) = 0;

  // Returns the version of Python, e.g. "3.11.2".
  virtual const std::string& python_version() const = 0;
  // Returns the pid of the process that forks sandboxes now; 0 while there is none.
  virtual int pid() const = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SPAWN_ZYGOTE_H_
