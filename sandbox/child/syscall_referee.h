// Answers the system calls that a session's filter hands to its supervisor
// (seccomp_unotify(2)): refused ones, which the host is told, and, where all sessions
// share a user id, those that make processes and threads, which are counted.
//
// Safe against a guest that changes memory meanwhile: it looks at registers alone, which
// the kernel has copied, and lets go on only calls whose arguments are all in them.
#ifndef CARREL_SANDBOX_CHILD_SYSCALL_REFEREE_H_
#define CARREL_SANDBOX_CHILD_SYSCALL_REFEREE_H_

#include <linux/seccomp.h>

#include <cstdint>
#include <span>

#include "sandbox/child/proc_files.h"
#include "sandbox/child/raw.h"
#include "sandbox/child/syscall_filter.h"

namespace carrel::child {

// What a table says of the calls that its program does not answer itself.
class SyscallReferee {
 public:
  // Borrows `rows`.
  explicit SyscallReferee(std::span<const RefereeRow> rows) : rows_(rows) {}

  struct Answer {
    bool counted = false;  // May go on if there is room for one more task.
    int error = 0;         // Else refused with this; never 0.
  };
  Answer Judge(const seccomp_data& call) const;

 private:
  const std::span<const RefereeRow> rows_;
};

// Serves one notification of `listener` that ppoll found readable. Tells the host of
// refusals on `supervisor_fd`, as far as it reads them. `may_grow` says whether the
// session may have one more task; it is asked for counted calls only.
class SyscallNotifier {
 public:
  // `opens_proc_files`: it answers the call of proc_files.h.
  SyscallNotifier(SyscallReferee referee, bool opens_proc_files, int listener, int supervisor_fd)
      : referee_(referee),
        opens_proc_files_(opens_proc_files),
        listener_(listener),
        supervisor_fd_(supervisor_fd) {}

  template <typename MayGrow>
  void Serve(MayGrow may_grow) {
    seccomp_notif call{};
    if (!Receive(&call)) return;
    if (opens_proc_files_ && call.data.nr == kOpenProcFileCall &&
        call.data.args[0] == kOpenProcFile)
      return OpenProcFile(call);
    SyscallReferee::Answer answer = referee_.Judge(call.data);
    if (!answer.counted) return Refuse(call, answer.error);
    if (may_grow()) return Continue(call);
    RefuseGrowth(call);
  }

 private:
  bool Receive(seccomp_notif* call) const;
  void Refuse(const seccomp_notif& call, int error);
  void RefuseGrowth(const seccomp_notif& call);
  void Tell(SupervisorMessage::Kind kind, int value);
  void OpenProcFile(const seccomp_notif& call) const;
  void Continue(const seccomp_notif& call) const;
  void Send(const seccomp_notif& call, int error, unsigned flags) const;

  const SyscallReferee referee_;
  const bool opens_proc_files_;
  const int listener_;
  const int supervisor_fd_;
  int64_t second_ = 0;  // In which these were told:
  int told_ = 0;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SYSCALL_REFEREE_H_
