// The means that isolate sessions on this machine: its isolation mode and cgroups.
#ifndef CARREL_SERVICE_SESSION_SESSION_ISOLATION_H_
#define CARREL_SERVICE_SESSION_SESSION_ISOLATION_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/spawn/isolation_mode.h"

namespace carrel {

struct SessionIsolation {
  IsolationMode isolation_mode = IsolationMode::kNative;
  Cgroups* cgroups = nullptr;  // Unowned; null if there are none.
  std::string no_cgroups;      // The reason if `cgroups` is null.
};

// Returns the cgroups below which sessions get theirs, which the caller keeps alive; null if
// sessions get none. Sets the fields of `isolation` and logs. An error if there are cgroups that
// are unfit for use. The caller must have one thread only; `directory` is that of Cgroups::Claim.
absl::StatusOr<std::unique_ptr<Cgroups>> ClaimCgroups(const std::string& directory,
                                                      SessionIsolation* isolation);

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_ISOLATION_H_
