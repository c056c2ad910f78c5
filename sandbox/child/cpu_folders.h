// What /sys tells of the machine's CPUs, copied once for all sessions of a zygote.
#ifndef CARREL_SANDBOX_CHILD_CPU_FOLDERS_H_
#define CARREL_SANDBOX_CHILD_CPU_FOLDERS_H_

namespace carrel::child {

// Where the folders cpu0, cpu1, … of all CPUs are in the image's root. A session's
// /sys/devices/system/cpu links to those of its own CPUs (session_view.h).
inline constexpr char kCpuFoldersPath[] = "/sys/cpus";

// Makes them below the new root, which is the working directory, while the host's /sys can be
// seen: of the CPUs that this process may use, with their topology alone. A file that the host
// does not have is left out. False with errno set.
bool MakeCpuFolders();

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CPU_FOLDERS_H_
