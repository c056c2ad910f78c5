// The table of syscall_policy.h, with one row per call and condition; a test evaluates the compiled
// filter against it for every number.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "sandbox/child/policy/syscall_policy.h"

namespace carrel::child {
namespace {

constexpr uint64_t kAll = ~0ULL;
constexpr uint64_t kWord = 0xffffffff;  // The mask for arguments that the kernel reads as an int.
constexpr uint64_t kSharedAnonymous = MAP_SHARED | MAP_ANONYMOUS;
constexpr uint64_t kMapFlags = kSharedAnonymous | MAP_HUGETLB;
// Commands of fcntl that Debian 12's headers lack.
constexpr uint64_t kDuplicateQuery = 1027;  // F_DUPFD_QUERY
constexpr uint64_t kCreatedQuery = 1028;    // F_CREATED_QUERY
constexpr uint64_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

}  // namespace

std::vector<SyscallRule> SyscallPolicy(const PolicyTraits& traits) {
  // clang-format off
  const std::vector<SyscallRule> rows = {
      // Files: the mounts and Landlock limit which of them can be reached.
      {"read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2",
       Verdict::kAllow, 0, {}, {}, "read and write open files"},
      {"open openat openat2 creat close close_range", Verdict::kAllow, 0, {}, {}, "open and close files"},
      {"stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat",
       Verdict::kAllow, 0, {}, {}, "look at files"},
      {"statfs fstatfs", Verdict::kAllow, 0, {}, {}, "shutil.disk_usage"},
      {"getdents getdents64", Verdict::kAllow, 0, {}, {}, "os.listdir"},
      {"lseek ftruncate truncate fallocate fadvise64", Verdict::kAllow, 0, {}, {}, "size and position"},
      {"fsync fdatasync flock", Verdict::kAllow, 0, {}, {}, "sqlite3 and other stores"},
      {"rename renameat", Verdict::kAllow, 0, {}, {}, "change the workspace"},
      {"renameat2",
       Verdict::kAllow, 0, {4, RENAME_WHITEOUT, 0}, {}, "change the workspace; a whiteout is a device node"},
      {"link linkat symlink symlinkat unlink unlinkat mkdir mkdirat rmdir",
       Verdict::kAllow, 0, {}, {}, "change the workspace"},
      {"chmod", Verdict::kAllow, 0, {}, {}, "attributes of own files", Where::kOwnUser},
      {"fchmod", Verdict::kAllow, 0, {}, {}, "attributes of own files"},
      {"fchmodat", Verdict::kAllow, 0, {}, {}, "attributes of own files", Where::kOwnUser},
      {"umask", Verdict::kAllow, 0, {}, {}, "attributes of own files"},
      {"utime utimes utimensat futimesat", Verdict::kAllow, 0, {}, {}, "attributes of own files", Where::kOwnUser},
      {"getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr",
       Verdict::kAllow, 0, {}, {}, "shutil.copy2 looks for them"},
      {"getcwd chdir fchdir", Verdict::kAllow, 0, {}, {}, "working directory"},
      {"dup dup2 dup3", Verdict::kAllow, 0, {}, {}, "descriptors"},
      // The commands from 1024 on are specific to Linux. Those that act on a descriptor or a pipe
      // are allowed. The others act on the inode, which may be shared with the host and all
      // sessions: leases and delegations, which also delay every process that opens or removes the
      // file, notifications, hints.
      {"fcntl", Verdict::kAllow, 0, {1, kWord & ~0x3ffULL, 0}, {}, "descriptors, locks"},
      {"fcntl", Verdict::kAllow, 0, {1, kWord, kDuplicateQuery}, {}, "same open file?"},
      {"fcntl", Verdict::kAllow, 0, {1, kWord, kCreatedQuery}, {}, "was it new?"},
      {"fcntl", Verdict::kAllow, 0, {1, kWord, F_DUPFD_CLOEXEC}, {}, "descriptors"},
      {"fcntl", Verdict::kAllow, 0, {1, kWord, F_SETPIPE_SZ}, {}, "bounded per uid"},
      {"fcntl", Verdict::kAllow, 0, {1, kWord, F_GETPIPE_SZ}, {}, "bounded per uid"},
      {"pipe pipe2", Verdict::kAllow, 0, {}, {}, "descriptors"},
      {"copy_file_range sendfile", Verdict::kAllow, 0, {}, {}, "shutil.copyfile, cp"},
      {"mknod", Verdict::kAllow, 0, {1, 0170000, 0010000}, {}, "os.mkfifo"},
      {"mknodat", Verdict::kAllow, 0, {2, 0170000, 0010000}, {}, "os.mkfifo"},
      // Sessions that share a user id may change attributes only through a descriptor: Landlock
      // does not check changes by path, and the mode bits would allow them.
      {"utimensat", Verdict::kAllow, 0, {1, kAll, 0}, {}, "futimens", Where::kSharedUser},
      {"chmod fchmodat", Verdict::kErrno, EPERM, {}, {}, "the guest library uses fchmod", Where::kSharedUser},
      {"utime utimes futimesat",
       Verdict::kErrno, EPERM, {}, {}, "the guest library uses futimens", Where::kSharedUser},
      // Memory: limited by RLIMIT_DATA and the watchdog.
      {"brk", Verdict::kAllow, 0, {}, {}, "allocation"},
      // Pages that the host has reserved for MAP_HUGETLB would not be counted.
      {"mmap", Verdict::kAllow, 0, {3, MAP_HUGETLB, 0}, {}, "allocation", Where::kOwnNamespaces},
      {"munmap mremap mprotect madvise msync", Verdict::kAllow, 0, {}, {}, "allocation"},
      {"mlock munlock", Verdict::kAllow, 0, {}, {}, "bounded by RLIMIT_MEMLOCK"},
      {"pkey_alloc pkey_free pkey_mprotect", Verdict::kAllow, 0, {}, {}, "memory protection keys of allocators"},
      {"get_mempolicy membarrier", Verdict::kAllow, 0, {}, {}, "OpenBLAS and allocators ask"},
      // Shared anonymous memory is a file of the kernel's. The whole file has to be counted,
      // including pages that are in no page table, which is possible in the native isolation mode
      // only (processes/unnamed_files.h).
      {"mmap", Verdict::kAllow, 0, {3, kMapFlags, 0}, {}, "allocation", Where::kNoNamespaces},
      {"mmap", Verdict::kAllow, 0, {3, kMapFlags, MAP_SHARED}, {}, "files", Where::kNoNamespaces},
      {"mmap", Verdict::kAllow, 0, {3, kMapFlags, MAP_ANONYMOUS}, {}, "allocation", Where::kNoNamespaces},
      {"mmap",
       Verdict::kErrno, EPERM, {3, kMapFlags, kSharedAnonymous}, {}, "the guest library maps a file", Where::kNoNamespaces},
      // Processes and threads: limited by RLIMIT_NPROC, visible only inside the pid namespace.
      {"fork vfork", Verdict::kAllow, 0, {}, {}, "subprocess", Where::kOwnUser},
      {"execve exit exit_group wait4 waitid", Verdict::kAllow, 0, {}, {}, "subprocess"},
      {"getpid getppid gettid getpgrp getpgid getsid setpgid setsid", Verdict::kAllow, 0, {}, {}, "ids of processes"},
      {"getuid geteuid getgid getegid getresuid getresgid getgroups capget",
       Verdict::kAllow, 0, {}, {}, "ids of users, to read"},
      {"kill tkill tgkill", Verdict::kAllow, 0, {}, {}, "signals to its own processes"},
      {"pidfd_open pidfd_send_signal",
       Verdict::kAllow, 0, {}, {}, "signals to its own processes", Where::kOwnNamespaces},
      {"set_tid_address set_robust_list rseq futex arch_prctl getcpu",
       Verdict::kAllow, 0, {}, {}, "threads of glibc"},
      {"sched_yield sched_getaffinity sched_getparam sched_getscheduler "
       "sched_get_priority_max sched_get_priority_min",
       Verdict::kAllow, 0, {}, {}, "os.sched_getaffinity, OpenMP"},
      {"sched_setscheduler",
       Verdict::kIgnore, 0, {1, kWord, SCHED_NORMAL}, {}, "ZeroMQ's threads ask for the policy that all have, and abort without"},
      {"getpriority", Verdict::kAllow, 0, {}, {}, "os.nice"},
      {"setpriority", Verdict::kAllow, 0, {}, {}, "os.nice", Where::kOwnNamespaces},
      {"getrlimit setrlimit", Verdict::kAllow, 0, {}, {}, "limits, downwards only"},
      {"prlimit64", Verdict::kAllow, 0, {}, {}, "limits, downwards only", Where::kOwnNamespaces},
      {"getrusage times", Verdict::kAllow, 0, {}, {}, "limits, downwards only"},
      {"clone",
       Verdict::kAllow, 0, {0, kNewNamespaces, 0}, {}, "fork and threads, in the namespaces it has", Where::kOwnUser},
      // RLIMIT_NPROC would count all sessions that share a user id together.
      {"fork vfork", Verdict::kCount, 0, {}, {}, "the supervisor counts", Where::kSharedUser},
      {"clone", Verdict::kCount, 0, {0, kNewNamespaces, 0}, {}, "the supervisor counts", Where::kSharedUser},
      // Without a pid namespace these would reach the supervisor, whose effective user is the
      // session's, or processes of other sessions.
      {"setpriority",
       Verdict::kAllow, 0, {0, kWord, PRIO_PROCESS}, {1, kWord, 0}, "os.nice", Where::kNoNamespaces},
      {"prlimit64", Verdict::kAllow, 0, {0, kWord, 0}, {}, "own limits", Where::kNoNamespaces},
      // SecondStageSyscalls is added by this call.
      {"seccomp",
       Verdict::kAllow, 0, {0, kWord, SECCOMP_SET_MODE_FILTER}, {1, kWord, 0}, "the second-stage filter", Where::kSharedUser},
      // Signals and timers.
      {"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend "
       "sigaltstack pause restart_syscall",
       Verdict::kAllow, 0, {}, {}, "signal handlers"},
      {"alarm getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun "
       "timer_delete",
       Verdict::kAllow, 0, {}, {}, "timers"},
      {"timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4 eventfd eventfd2",
       Verdict::kAllow, 0, {}, {}, "descriptors for event loops"},
      {"nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time",
       Verdict::kAllow, 0, {}, {}, "clocks"},
      // Waits for descriptors.
      {"poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait "
       "epoll_pwait",
       Verdict::kAllow, 0, {}, {}, "asyncio, selectors, subprocess"},
      // Socket pairs: asyncio and multiprocessing wake themselves with them. The kernel treats the
      // size of a buffer as a hint: here it stays unchanged, since larger buffers would be memory
      // that the watchdog does not count. No other option can be set.
      {"sendmsg recvmsg recvfrom shutdown getsockopt getsockname getpeername",
       Verdict::kAllow, 0, {}, {}, "on a connected pair"},
      {"socketpair",
       Verdict::kAllow, 0, {0, kWord, AF_UNIX}, {1, 0xf, SOCK_STREAM}, "asyncio; a stream pair cannot send elsewhere"},
      {"socketpair",
       Verdict::kAllow, 0, {0, kWord, AF_UNIX}, {1, 0xf, SOCK_SEQPACKET}, "multiprocessing"},
      {"sendto", Verdict::kAllow, 0, {4, kAll, 0}, {}, "send() on a pair; no address"},
      {"setsockopt",
       Verdict::kIgnore, 0, {1, kWord, SOL_SOCKET}, {2, kWord, SO_SNDBUF}, "trio makes its pair's small; nothing is set"},
      {"setsockopt",
       Verdict::kIgnore, 0, {1, kWord, SOL_SOCKET}, {2, kWord, SO_RCVBUF}, "trio makes its pair's small; nothing is set"},
      // The system.
      {"getrandom uname sysinfo", Verdict::kAllow, 0, {}, {}, "random bytes, platform, memory size"},
      {"personality", Verdict::kAllow, 0, {0, kWord, 0}, {}, "the ordinary personality"},
      {"personality", Verdict::kAllow, 0, {0, kWord, 0xffffffff}, {}, "asking for the personality"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, TCGETS}, {}, "isatty"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, TIOCGWINSZ}, {}, "os.get_terminal_size"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, TIOCGPGRP}, {}, "shells ask who is in the foreground"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, FIONREAD}, {}, "bytes waiting"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, FIONBIO}, {}, "non-blocking mode"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, FIONCLEX}, {}, "descriptor flags"},
      {"ioctl", Verdict::kAllow, 0, {1, kAll, FIOCLEX}, {}, "descriptor flags"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_PDEATHSIG}, {}, "die with a parent"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_PDEATHSIG}, {}, "read it back"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_DUMPABLE}, {}, "read"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_NAME}, {}, "thread names"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_NAME}, {}, "thread names"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_SECCOMP}, {}, "read"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_CAPBSET_READ}, {}, "read"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_TIMERSLACK}, {}, "timers"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_TIMERSLACK}, {}, "timers"},
      {"prctl",
       Verdict::kAllow, 0, {0, kWord, PR_SET_CHILD_SUBREAPER}, {}, "supervisors of its own processes"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_NO_NEW_PRIVS}, {}, "already set"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_NO_NEW_PRIVS}, {}, "read"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_THP_DISABLE}, {}, "allocators"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_GET_THP_DISABLE}, {}, "allocators"},
      {"prctl", Verdict::kAllow, 0, {0, kWord, PR_SET_VMA}, {}, "names of mappings"},
      // Refused with errors that libraries understand.
      {"clone3", Verdict::kErrno, ENOSYS, {}, {}, "arguments are behind a pointer: glibc falls back to clone"},
      {"io_uring_setup io_uring_enter io_uring_register",
       Verdict::kErrno, ENOSYS, {}, {}, "a second way to make most calls"},
      {"io_setup", Verdict::kErrno, ENOSYS, {}, {}, "programs fall back to ordinary reads"},
      {"memfd_create", Verdict::kErrno, ENOSYS, {}, {}, "memory that no limit counts; libffi falls back"},
      {"memfd_secret", Verdict::kErrno, ENOSYS, {}, {}, "memory that no limit counts"},
      {"process_madvise", Verdict::kErrno, ENOSYS, {}, {}, "allocators fall back"},
      {"inotify_init inotify_init1 inotify_add_watch inotify_rm_watch",
       Verdict::kErrno, ENOSYS, {}, {}, "tells what others open in shared folders: watchers poll"},
      {"socket", Verdict::kRefuse, EACCES, {}, {}, "no network; says so better than EPERM"},
      {"setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr",
       Verdict::kErrno, EOPNOTSUPP, {}, {}, "cp -p and mv go on without"},
      {"chown fchown lchown fchownat", Verdict::kErrno, EPERM, {}, {}, "cp -p and tar go on without"},
      {"ioctl", Verdict::kErrno, EOPNOTSUPP, {1, kAll, FICLONE}, {}, "cp copies instead"},
      {"execveat", Verdict::kRefuse, EACCES, {}, {}, "programs without a name"},
      // Honest programs make these calls, and a kill would leave processes that wait for them.
      {"ptrace", Verdict::kRefuse, EPERM, {}, {}, "tracing: strace and gdb say so and end"},
      {"perf_event_open", Verdict::kRefuse, EPERM, {}, {}, "kernel tracing: perf says so and ends"},
      {"process_vm_readv process_vm_writev",
       Verdict::kErrno, EPERM, {}, {}, "other processes' memory: Open MPI tries its own"},
      {"kcmp", Verdict::kErrno, ENOSYS, {}, {}, "other processes: Mesa compares its own descriptors"},
      {"userfaultfd", Verdict::kErrno, EPERM, {}, {}, "helps exploits win races: collectors of garbage fall back"},
      // Escape class.
      {"pidfd_getfd", Verdict::kKill, 0, {}, {}, "other processes' descriptors"},
      {"bpf", Verdict::kKill, 0, {}, {}, "kernel programs"},
      {"kexec_load kexec_file_load", Verdict::kKill, 0, {}, {}, "a new kernel"},
      {"init_module finit_module delete_module", Verdict::kKill, 0, {}, {}, "kernel code"},
      {"open_by_handle_at", Verdict::kKill, 0, {}, {}, "files without a path"},
      {"mount umount2 pivot_root fsopen fsmount fsconfig fspick move_mount open_tree "
       "mount_setattr",
       Verdict::kKill, 0, {}, {}, "mounts"},
      {"swapon swapoff", Verdict::kKill, 0, {}, {}, "swap"},
      {"reboot", Verdict::kKill, 0, {}, {}, "power"},
      {"acct", Verdict::kKill, 0, {}, {}, "accounting"},
      {"quotactl quotactl_fd", Verdict::kKill, 0, {}, {}, "quotas"},
      {"iopl ioperm", Verdict::kKill, 0, {}, {}, "ports"},
      {"lookup_dcookie", Verdict::kKill, 0, {}, {}, "profiling"},
      {"nfsservctl uselib", Verdict::kKill, 0, {}, {}, "removed from Linux"},
      {"setns", Verdict::kKill, 0, {}, {}, "other namespaces"},
  };
  // clang-format on
  return ExpandRows(rows, traits);
}

const std::vector<SyscallRule>& SecondStageSyscalls() {
  // The table is leaked on purpose: no destructor runs at exit.
  static const auto& table = *new std::vector<SyscallRule>{
      {"sendmsg", Verdict::kErrno, EPERM, {}, {}, "descriptors in flight count per user"},
      {"seccomp", Verdict::kErrno, EPERM, {}, {}, "this filter is the last one"},
  };
  return table;
}

}  // namespace carrel::child
