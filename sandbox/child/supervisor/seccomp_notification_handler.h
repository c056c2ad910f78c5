// Answers the system calls that a session's filter forwards to its supervisor (seccomp_unotify(2)):
// refused ones, which are reported to the host, and, where all sessions share a user id, those that
// make processes and threads, which are counted.
//
// It is safe against a guest that changes memory meanwhile: it inspects registers alone, which the
// kernel has copied, and continues only calls whose arguments are all in registers.
#ifndef CARREL_SANDBOX_CHILD_SUPERVISOR_SECCOMP_NOTIFICATION_HANDLER_H_
#define CARREL_SANDBOX_CHILD_SUPERVISOR_SECCOMP_NOTIFICATION_HANDLER_H_

#include <linux/seccomp.h>

#include <cstdint>
#include <span>

#include "sandbox/child/confine/proc_files.h"
#include "sandbox/child/policy/syscall_filter.h"
#include "sandbox/ipc/supervisor_message.h"

namespace carrel::child {

// Decides how to answer the calls that a table's program forwards.
class SeccompNotificationHandler {
 public:
  // Does not own `rows`.
  explicit SeccompNotificationHandler(std::span<const NotificationRow> rows) : rows_(rows) {}

  struct Answer {
    bool counted = false;  // It may continue if there is room for one more task.
    int error = 0;         // The errno of the refusal; never 0.
  };
  Answer Judge(const seccomp_data& call) const;

 private:
  const std::span<const NotificationRow> rows_;
};

// Serves one notification of `listener` that ppoll found readable. Reports refusals to the host on
// `supervisor_fd`, as far as the host reads them. `may_grow` returns whether the session may have
// one more task; it is called for counted calls only.
class SyscallNotifier {
 public:
  // `opens_proc_files`: it answers the call of proc_files.h.
  SyscallNotifier(SeccompNotificationHandler referee, bool opens_proc_files, int listener,
                  int supervisor_fd)
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
    SeccompNotificationHandler::Answer answer = referee_.Judge(call.data);
    if (!answer.counted) return Refuse(call, answer.error);
    if (may_grow()) return Continue(call);
    RefuseGrowth(call);
  }

 private:
  bool Receive(seccomp_notif* call) const;
  void Refuse(const seccomp_notif& call, int error);
  void RefuseGrowth(const seccomp_notif& call);
  void Notify(SupervisorMessage::Kind kind, int value);
  void OpenProcFile(const seccomp_notif& call) const;
  void Continue(const seccomp_notif& call) const;
  void Send(const seccomp_notif& call, int error, unsigned flags) const;

  const SeccompNotificationHandler referee_;
  const bool opens_proc_files_;
  const int listener_;
  const int supervisor_fd_;
  int64_t second_ = 0;  // The second to which notified_head_ applies.
  int notified_head_ = 0;
};

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_SUPERVISOR_SECCOMP_NOTIFICATION_HANDLER_H_
