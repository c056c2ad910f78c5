// Cgroups of version 2, where carreld may make some: what holds the memory, the processes and
// the CPU time of all processes of a session together, and ends them in one step.
//
//   <own>                                carreld's cgroup when it started
//     carrel-<data directory>.<life>     made at the start, removed at the end
//       control                          carreld, its launcher, the zygotes
//       sessions                         bounded by what the control plane leaves
//         <uid>.<n>                      an interpreter, its supervisor, all their children
//
// carreld touches no cgroup that it has not made, but for two things in <own>: it leaves it
// for `control`, and has it hand on the controllers. A session's processes are born in their
// cgroup or enter it first of all (child/zygote_server.cc), and can neither see nor leave it.
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
#include "sandbox/cgroup/cgroup_bounds.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

class Cgroups;

// What a session's cgroup knew at its end.
struct CgroupEnding {
  // The kernel has killed them, all at once, for the memory they had: more than they may have
  // or, if not `over_own_limit`, when all sessions together had more than there is for them.
  bool killed_for_memory = false;
  bool over_own_limit = false;
  // Of all its processes in their life. Memory is 0 where the kernel does not tell (before 5.19).
  int64_t peak_memory_bytes = 0;
  absl::Duration cpu;
};

// The cgroup of one session's processes. It holds no descriptor.
class SessionCgroup {
 public:
  SessionCgroup(Cgroups* cgroups, std::string path) : cgroups_(cgroups), path_(std::move(path)) {}
  // Kills what is left, without waiting; the rest is left to Cgroups.
  ~SessionCgroup();
  SessionCgroup(const SessionCgroup&) = delete;
  SessionCgroup& operator=(const SessionCgroup&) = delete;

  // For who is to be born in it.
  absl::StatusOr<UniqueFd> Open() const;
  // Kills every process that is in it, waits until it is empty, and removes it. Blocks, for ten
  // seconds at most: not on the loop. What does not end by then is left to Cgroups.
  CgroupEnding End();

  const std::string& path() const { return path_; }

 private:
  Cgroups* const cgroups_;
  const std::string path_;
  bool ended_ = false;
};

// All cgroups of one carreld. Thread-safe, but for Claim and Dismantle.
class Cgroups {
 public:
  // Moves the caller, who must have one thread only, into a cgroup of its own, and ends what
  // an earlier life with the same `directory` has left. That folder must be ours alone, e.g.
  // <data>/sessions. FAILED_PRECONDITION, with a sentence that says why, if there can be no
  // cgroups here: nothing has changed then. Another error: something is left that does not end.
  static absl::StatusOr<std::unique_ptr<Cgroups>> Claim(const std::string& directory);

  // One more; `uid` is for those who look at names.
  absl::StatusOr<std::unique_ptr<SessionCgroup>> Make(const CgroupBounds& bounds, uint32_t uid);

  // Ends what was left of sessions of that user: true if nothing is. Blocks like End.
  bool EndAllOf(uint32_t uid);

  // The last process of the control plane leaves and removes all of it, as far as it can.
  void Dismantle();

  // Kills all that is in the cgroup that `pid` is in, if that is a session's.
  absl::Status KillSessionOf(int pid) const;
  // Of a session's cgroup: the number after `key` in a file of "key number" lines, 0 if none.
  int64_t NumberOfSession(int pid, absl::string_view file, absl::string_view key) const;

  // How many CPUs there were for this process at the start.
  int cpus() const { return cpus_; }
  const std::string& path() const { return top_; }

 private:
  friend class SessionCgroup;
  Cgroups(CgroupPlace place, std::string top);
  absl::Status SetUp();
  absl::Status HandOnFromOwn();
  absl::StatusOr<std::string> PathOfSession(int pid) const;
  std::string PathFor(absl::string_view name) const { return absl::StrCat(sessions_, "/", name); }
  // To be ended later: somebody may still be in it.
  void Leave(const std::string& path);
  // Tries those that were left whose path begins so; false if one is still there.
  bool EndLeft(absl::string_view prefix, absl::Duration patience);

  const CgroupPlace place_;
  const std::string top_, control_, sessions_;
  const int cpus_;
  std::string take_back_;  // What <own> hands on for our sake.
  bool has_swap_file_ = true;
  std::atomic<uint64_t> next_{1};
  absl::Mutex mutex_;
  std::vector<std::string> left_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_CGROUP_CGROUP_H_
