// What this machine allows Carrel to hold sessions by. Found once, at boot; nothing in
// a request or in the environment has a say.
#ifndef CARREL_SANDBOX_LANE_H_
#define CARREL_SANDBOX_LANE_H_

#include "absl/status/statusor.h"

namespace carrel {

enum class Lane {
  // As root that may make namespaces: each session has its own pid, mount, network,
  // IPC, UTS and cgroup namespace, a user id of its own, Landlock and seccomp.
  kNative,
  // As root of an ordinary container: a user id of its own, Landlock and seccomp.
  kContainer,
  // As an ordinary user: Landlock with scopes (ABI 6) and seccomp. All sessions have
  // the server's own user id.
  kRestricted,
};

constexpr bool HasOwnNamespaces(Lane lane) { return lane == Lane::kNative; }
constexpr bool HasOwnUser(Lane lane) { return lane != Lane::kRestricted; }

// "native", "container", "restricted".
const char* LaneName(Lane lane);

// The strongest lane of this machine. FAILED_PRECONDITION, with a sentence that says
// what would help, if there is none. Forks, so the caller must have one thread only.
absl::StatusOr<Lane> FindLane();

}  // namespace carrel

#endif  // CARREL_SANDBOX_LANE_H_
