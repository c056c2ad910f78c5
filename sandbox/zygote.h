// The host's handle on a zygote: the process of one image that has imported its
// modules and forks sessions. What runs in that process is child/zygote_main.cc; the
// host's end of one such process is zygote_link.h.
#ifndef CARREL_SANDBOX_ZYGOTE_H_
#define CARREL_SANDBOX_ZYGOTE_H_

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
#include "sandbox/cgroup/cgroup_bounds.h"
#include "sandbox/launcher.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/processes/guest_looks.h"
#include "sandbox/sandbox.h"

namespace carrel {

// One interpreter to start.
struct SpawnOptions {
  // Folder below ZygoteSpec::sessions_directory that becomes /mnt/data, e.g.
  // "s-1/files". It exists and belongs to `uid`.
  std::string workspace;
  // No other session's, in lanes where sessions have users of their own.
  uint32_t uid = 0;
  // Where nothing can be mounted: like `workspace`, the folder that holds tmp/ and shm/.
  std::string private_folder;
  SandboxLimits limits;
  // Of its cgroup, where there is one; those of `limits` if not set. For the self-test: so it
  // sees them alone.
  absl::optional<CgroupBounds> cgroup_bounds;
  // Already validated.
  std::vector<std::pair<std::string, std::string>> environment;
  // Between an interrupt and a kill.
  absl::Duration interrupt_grace_period = absl::Seconds(3);
};

// Lives on the loop's thread, except Start.
class Zygote {
 public:
  virtual ~Zygote() = default;

  // Launches the process and waits until it has preloaded its modules. Blocks:
  // call it before the loop has work. When a zygote dies later, a copy that was kept
  // ready takes its place, and it is launched anew, without harm to the sandboxes it
  // had made.
  // `pool` is for work on behalf of its sandboxes that may block, `looks` for what may wait for
  // one of them.
  static absl::StatusOr<std::unique_ptr<Zygote>> Start(EventLoop* loop, asio::thread_pool* pool,
                                                       GuestLooks* looks, Launcher* launcher,
                                                       ZygoteSpec spec);

  // Forks an interpreter, confined and ready for a cell. `done` is called once,
  // not from within Spawn: UNAVAILABLE if the zygote dies before it has answered, and
  // while it is being replaced and there is no copy,
  // INTERNAL with the step that failed if confinement could not be completed, or if there
  // are cgroups and none could be made for it.
  virtual void Spawn(SpawnOptions options,
                     absl::AnyInvocable<void(absl::StatusOr<std::unique_ptr<Sandbox>>)> done) = 0;

  // "3.11.2".
  virtual const std::string& python_version() const = 0;
  // Pid of the process that forks sandboxes now; 0 while there is none.
  virtual int pid() const = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_ZYGOTE_H_
