// What holds sessions on this machine, besides what always does.
#ifndef CARREL_SERVICE_SESSION_SESSION_GROUND_H_
#define CARREL_SERVICE_SESSION_SESSION_GROUND_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/lane.h"

namespace carrel {

struct SessionGround {
  Lane lane = Lane::kNative;
  Cgroups* cgroups = nullptr;  // Not owned. Null if there are none:
  std::string no_cgroups;      // then this says why.
};

// Where sessions get cgroups, which the caller keeps; null where they get none. `ground` and the
// log are told. An error if there are some that are not fit to be used. The caller must have one
// thread only; the folder is that of Cgroups::Claim.
absl::StatusOr<std::unique_ptr<Cgroups>> ClaimCgroups(const std::string& directory,
                                                      SessionGround* ground);

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_SESSION_GROUND_H_
