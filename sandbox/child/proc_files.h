// How a process gets at its own files of /proc where Landlock hides all processes: a rule
// can allow /proc/<pid> of the interpreter, but not of processes that are made later. So
// the guest library asks the supervisor, by a system call that the filter passes on to it,
// and the supervisor hands it the open file (SECCOMP_IOCTL_NOTIF_ADDFD). Whose file it is,
// the kernel says.
#ifndef CARREL_SANDBOX_CHILD_PROC_FILES_H_
#define CARREL_SANDBOX_CHILD_PROC_FILES_H_

#include <sys/syscall.h>

#include <cstdint>

namespace carrel::child {

// Arguments: kOpenProcFile, an index of kProcFiles. Returns a descriptor, close-on-exec.
// A call that container runtimes let through and that has done nothing of use since
// Linux 4.0; a number of our own they would answer with ENOSYS.
inline constexpr int kOpenProcFileCall = SYS_remap_file_pages;
// "carrel": no address.
inline constexpr uint64_t kOpenProcFile = 0x6c6572726163;

inline constexpr const char* kProcFiles[] = {
    "statm",     "stat",          "status", "smaps",     "smaps_rollup", "maps",        "io",
    "limits",    "cmdline",       "comm",   "environ",   "mounts",       "mountinfo",   "cgroup",
    "oom_score", "oom_score_adj", "sched",  "schedstat", "auxv",         "personality",
};
inline constexpr int kProcFileCount = sizeof(kProcFiles) / sizeof(kProcFiles[0]);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_PROC_FILES_H_
