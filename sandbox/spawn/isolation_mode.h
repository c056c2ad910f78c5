// The isolation mode: the kernel mechanisms with which this machine allows Carrel to isolate
// sessions. It is detected once, at boot; no request and no environment variable influences it.
#ifndef CARREL_SANDBOX_SPAWN_ISOLATION_MODE_H_
#define CARREL_SANDBOX_SPAWN_ISOLATION_MODE_H_

#include "absl/status/statusor.h"

namespace carrel {

enum class IsolationMode {
  // The server is root and may create namespaces: each session has its own pid, mount, network,
  // IPC, UTS and cgroup namespaces, its own user id, Landlock and seccomp.
  kNative,
  // The server is root of an ordinary container: each session has its own user id, Landlock and
  // seccomp.
  kContainer,
  // The server is an ordinary user: sessions have Landlock with scopes (ABI 6) and seccomp, and all
  // run under the server's own user id.
  kRestricted,
};

constexpr bool HasOwnNamespaces(IsolationMode isolation_mode) {
  return isolation_mode == IsolationMode::kNative;
}
constexpr bool HasOwnUser(IsolationMode isolation_mode) {
  return isolation_mode != IsolationMode::kRestricted;
}

// Returns "native", "container" or "restricted".
const char* IsolationModeName(IsolationMode isolation_mode);

// Returns the strongest isolation mode of this machine. If there is none, returns
// FAILED_PRECONDITION with a message that says what would help. Forks, so the caller must have one
// thread only.
absl::StatusOr<IsolationMode> FindIsolationMode();

}  // namespace carrel

#endif  // CARREL_SANDBOX_SPAWN_ISOLATION_MODE_H_
