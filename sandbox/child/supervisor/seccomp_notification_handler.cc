#include "sandbox/child/supervisor/seccomp_notification_handler.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

namespace carrel::child {
namespace {

// The limit keeps a guest that retries again and again from keeping the host busy.
constexpr int kReportedEachSecond = 32;

}  // namespace

SeccompNotificationHandler::Answer SeccompNotificationHandler::Judge(
    const seccomp_data& call) const {
  for (const NotificationRow& row : rows_)
    if (row.number == call.nr && row.first.Holds(call) && row.second.Holds(call))
      return {row.counted, row.error};
  return {false, kDefaultErrno};
}

bool SyscallNotifier::Receive(seccomp_notif* call) const {
  // A failure with ENOENT means that the caller was killed meanwhile.
  return ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, call) == 0;
}

void SyscallNotifier::Send(const seccomp_notif& call, int error, unsigned flags) const {
  seccomp_notif_resp answer{};
  answer.id = call.id;
  answer.error = -error;
  answer.flags = flags;
  ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void SyscallNotifier::Notify(SupervisorMessage::Kind kind, int value) {
  timespec now{};
  // The vDSO provides this clock; if it should fail, few refusals are reported.
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  if (now.tv_sec != second_) {
    second_ = now.tv_sec;
    notified_head_ = 0;
  }
  if (notified_head_++ < kReportedEachSecond) TrySendMessage(supervisor_fd_, kind, value);
}

void SyscallNotifier::Refuse(const seccomp_notif& call, int error) {
  // The report precedes the answer: the guest acts on the error later.
  Notify(SupervisorMessage::Kind::kRefused, call.data.nr);
  Send(call, error, 0);
}

void SyscallNotifier::RefuseGrowth(const seccomp_notif& call) {
  Notify(SupervisorMessage::Kind::kTooMany, 0);
  Send(call, EAGAIN, 0);
}

void SyscallNotifier::OpenProcFile(const seccomp_notif& call) const {
  const uint64_t index = call.data.args[1];
  if (index >= kProcFileCount) return Send(call, EINVAL, 0);
  char path[64];
  snprintf(path, sizeof(path), "/proc/%u/%s", call.pid, kProcFiles[index]);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return Send(call, EACCES, 0);
  // The caller still waits, so the opened file did not belong to another process with its pid.
  uint64_t id = call.id;
  seccomp_notif_addfd handed{};
  handed.id = id;
  handed.flags = SECCOMP_ADDFD_FLAG_SEND;
  handed.srcfd = static_cast<uint32_t>(file);
  handed.newfd_flags = O_CLOEXEC;
  if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0 &&
      ioctl(listener_, SECCOMP_IOCTL_NOTIF_ADDFD, &handed) < 0)
    Send(call, EMFILE, 0);
  close(file);
}

void SyscallNotifier::Continue(const seccomp_notif& call) const {
  Send(call, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

}  // namespace carrel::child
