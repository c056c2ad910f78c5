// The launcher: a small single-threaded process that starts zygotes on request. carreld has
// threads, and a program with threads must not fork, so carreld forks the launcher before it starts
// any. When carreld is gone, the launcher kills its zygotes and exits.
#ifndef CARREL_SANDBOX_SPAWN_LAUNCHER_H_
#define CARREL_SANDBOX_SPAWN_LAUNCHER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/posix/unique_fd.h"
#include "sandbox/spawn/isolation_mode.h"

namespace carrel {

// The parameters of a zygote, fixed for its life.
struct ZygoteSpec {
  std::string name;                  // The image's name.
  std::string environment;           // Absolute path of its Python environment.
  std::string sessions_directory;    // Absolute path of <data>/sessions.
  std::vector<std::string> preload;  // Names of modules to import.
  std::vector<std::string> warm_up;  // Python statements to run after the imports.
  // A LayerMask (layers.h). Only carrel-zygote-testing honours it.
  uint64_t test_layers_off = 0;
  IsolationMode isolation_mode = IsolationMode::kNative;
  // The cgroups of sessions, or null. Not owned; outlives the zygote and its sandboxes.
  Cgroups* cgroups = nullptr;
};

// A zygote process that was just started.
struct LaunchedZygote {
  UniqueFd control;  // SOCK_SEQPACKET; speaks frames.proto.
  int pid = 0;
};

// Thread-safe.
class Launcher {
 public:
  virtual ~Launcher() = default;

  // Forks the launcher process. The caller must have one thread only. `zygote_binary` is the
  // absolute path of carrel-zygote; `guest_library` is that of libcarrel-guest.so, which zygotes
  // and their descendants preload, or empty for none. The launcher removes `cgroups`, if not null,
  // just before it exits: it is the last process to go.
  static absl::StatusOr<std::unique_ptr<Launcher>> Start(std::string zygote_binary,
                                                         const std::string& guest_library = "",
                                                         Cgroups* cgroups = nullptr);

  // Starts a zygote; returns at once, before the zygote has loaded anything.
  virtual absl::StatusOr<LaunchedZygote> Launch(const ZygoteSpec& spec) = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_SPAWN_LAUNCHER_H_
