// The part of the self-test that observes each limit of a cgroup alone.
#ifndef CARREL_SANDBOX_SELF_TEST_SELF_TEST_CGROUP_H_
#define CARREL_SANDBOX_SELF_TEST_SELF_TEST_CGROUP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/self_test/self_test_session.h"

namespace carrel {

// An observation, and the guarantee that it concerns.
struct Witness {
  std::string guarantee;
  HolderReport holder;
};

// Opens a session whose cgroup has these limits and whose other limits are wider.
using OpenBounded =
    std::function<absl::StatusOr<std::unique_ptr<SelfTestSession>>(const CgroupLimits&)>;

// Blocks; must not be called on the loop's thread. An error means that the session did not open.
absl::StatusOr<std::vector<Witness>> WitnessCgroup(Cgroups* cgroups, const OpenBounded& open);

}  // namespace carrel

#endif  // CARREL_SANDBOX_SELF_TEST_SELF_TEST_CGROUP_H_
