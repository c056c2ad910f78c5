// The machine's CPU topology in /sys, copied once for all sessions of a zygote.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_CPU_FOLDERS_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_CPU_FOLDERS_H_

namespace carrel::child {

// The directory in the image's root that holds cpu0, cpu1, … of all CPUs. A session's
// /sys/devices/system/cpu has links to those of its own CPUs (session_view.h).
inline constexpr char kCpuFoldersPath[] = "/sys/cpus";

// Copies the directories of the CPUs that this process may use, with their topology alone. The
// working directory must be the new root, and the host's /sys visible. A file that the host does
// not have is left out. Returns false, with errno set, on failure.
bool MakeCpuFolders();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_CPU_FOLDERS_H_
