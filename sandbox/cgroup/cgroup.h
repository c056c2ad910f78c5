// Cgroups of version 2, used where carreld may create them. The cgroup of a session limits the
// memory, process count and CPU time of all its processes together, and ends them in one step.
//
//   <own>                                carreld's cgroup when it started
//     carrel-<data directory>.<life>     created at startup, removed at shutdown
//       control                          carreld, its launcher, the zygotes
//       sessions                         limited to what the control plane does not reserve
//         <uid>.<n>                      an interpreter, its supervisor, all their children
//
// carreld modifies no cgroup that it has not created, with two exceptions in <own>: it moves itself
// from there into `control`, and it enables the controllers for the children of <own>. A session's
// processes are created in their cgroup or enter it before anything else
// (child/zygote/zygote_server.cc), and can neither see nor leave it.
#ifndef CARREL_SANDBOX_CGROUP_CGROUP_H_
#define CARREL_SANDBOX_CGROUP_CGROUP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "sandbox/cgroup/cgroup_limits.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

class Cgroups;

// The final state of a session's cgroup.
struct CgroupEnding {
  // The kernel has killed all processes at once for their memory use: they exceeded their own limit
  // or, if not `over_own_limit`, all sessions together exceeded the memory available to them.
  bool killed_for_memory = false;
  bool over_own_limit = false;
  // Totals over the lifetime of all its processes. The peak is 0 on kernels that do not report it
  // (before 5.19).
  int64_t peak_memory_bytes = 0;
  absl::Duration cpu;
};

// The cgroup of one session's processes. It holds no descriptor.
class SessionCgroup {
 public:
  SessionCgroup(Cgroups* cgroups, std::string path) : cgroups_(cgroups), path_(std::move(path)) {}
  // Kills the remaining processes without waiting; Cgroups removes the cgroup later.
  ~SessionCgroup();
  SessionCgroup(const SessionCgroup&) = delete;
  SessionCgroup& operator=(const SessionCgroup&) = delete;

  // Opens the cgroup, for clone3(2) with CLONE_INTO_CGROUP.
  absl::StatusOr<UniqueFd> Open() const;
  // Kills every process in the cgroup, waits until it is empty, and removes it. Blocks for up to
  // ten seconds, so it must not be called on the loop. A cgroup that has not ended by then is left
  // to Cgroups.
  CgroupEnding End();

  const std::string& path() const { return path_; }

 private:
  Cgroups* const cgroups_;
  const std::string path_;
  bool ended_ = false;
};

// All cgroups of one carreld. Thread-safe, except for Claim and Dismantle.
class Cgroups {
 public:
  // Moves the calling process, which must have a single thread, into a cgroup of its own, and ends
  // what an earlier process with the same `directory` has left behind. No other carreld may use
  // that directory, e.g. <data>/sessions. Returns FAILED_PRECONDITION with a sentence about the
  // reason, and changes nothing, if cgroups cannot be used here. Any other error means that
  // leftover processes do not end.
  static absl::StatusOr<std::unique_ptr<Cgroups>> Claim(const std::string& directory);

  // Creates the cgroup of one session; `uid` only makes its name readable.
  absl::StatusOr<std::unique_ptr<SessionCgroup>> Make(const CgroupLimits& bounds, uint32_t uid);

  // Ends what is left of that user's sessions; true if nothing remains. Blocks like End.
  bool EndAllOf(uint32_t uid);

  // Moves the last process of the control plane out and removes the whole subtree, as far as
  // possible.
  void Dismantle();

  // Kills all processes in the cgroup of `pid`, if that is a session's cgroup.
  absl::Status KillSessionOf(int pid) const;
  // Returns the number after `key` in a file of "key number" lines of the cgroup of the session
  // that `pid` belongs to; 0 if there is none.
  int64_t NumberOfSession(int pid, absl::string_view file, absl::string_view key) const;

  // The number of CPUs that this process was allowed to use at startup.
  int cpus() const { return cpus_; }
  const std::string& path() const { return top_; }

 private:
  friend class SessionCgroup;
  Cgroups(CgroupPlace place, std::string top);
  absl::Status SetUp();
  absl::Status HandOnFromOwn();
  absl::StatusOr<std::string> PathOfSession(int pid) const;
  std::string PathFor(absl::string_view name) const { return absl::StrCat(sessions_, "/", name); }
  // Remembers a cgroup that still may have processes, to be ended later.
  void Leave(const std::string& path);
  // Tries to end the remembered cgroups whose path has this prefix; false if one of them remains.
  bool EndLeft(absl::string_view prefix, absl::Duration patience);

  const CgroupPlace place_;
  const std::string top_, control_, sessions_;
  const int cpus_;
  std::string take_back_;  // Written at the end: disables what was enabled in <own>.
  bool has_swap_file_ = true;
  std::atomic<uint64_t> next_{1};
  absl::Mutex mutex_;
  std::vector<std::string> left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_H_
