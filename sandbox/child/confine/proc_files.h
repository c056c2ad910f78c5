// Access of a process to its own files of /proc while Landlock hides all processes. A rule can
// allow /proc/<pid> of the interpreter, but not of processes that are made later. So the guest
// library asks the supervisor, by a system call that the filter forwards to it, and the supervisor
// returns the open file (SECCOMP_IOCTL_NOTIF_ADDFD). The kernel identifies the caller.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_PROC_FILES_H_
#define CARREL_SANDBOX_CHILD_CONFINE_PROC_FILES_H_

#include <sys/syscall.h>

#include <cstdint>

namespace carrel::child {

// The system call of that request. Arguments: kOpenProcFile, an index of kProcFiles. It returns a
// descriptor, close-on-exec. Container runtimes permit this call, and it has had no useful effect
// since Linux 4.0; an unassigned number they would refuse with ENOSYS.
inline constexpr int kOpenProcFileCall = SYS_remap_file_pages;
// The string "carrel", which is no valid address.
inline constexpr uint64_t kOpenProcFile = 0x6c6572726163;

inline constexpr const char* kProcFiles[] = {
    "statm",     "stat",          "status", "smaps",     "smaps_rollup", "maps",        "io",
    "limits",    "cmdline",       "comm",   "environ",   "mounts",       "mountinfo",   "cgroup",
    "oom_score", "oom_score_adj", "sched",  "schedstat", "auxv",         "personality",
};
inline constexpr int kProcFileCount = sizeof(kProcFiles) / sizeof(kProcFiles[0]);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_PROC_FILES_H_
