// The file system that sessions see, built once by the zygote: a private mount namespace whose root
// is a read-only tmpfs with the host's /usr and the image's environment bound into it.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_IMAGE_ROOT_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_IMAGE_ROOT_H_

#include <string>

namespace carrel::child {

// Paths inside the image's root. Scripts and docs rely on these names.
inline constexpr char kEnvironmentPath[] = "/opt/carrel/env";
// The image's compiled time zones, below the environment, in all isolation modes.
inline constexpr char kEnvironmentZoneInfo[] = "/share/zoneinfo";
inline constexpr char kWorkspacePath[] = "/mnt/data";
// The directory of all sessions; only the zygote sees it, a session unmounts it.
inline constexpr char kHostSessionsPath[] = "/.host";
// A session's private directory: holds its /tmp, /dev/shm, passwd, group and view of the machine.
inline constexpr char kSessionPath[] = "/run/session";
// A file that is mounted and readable by its mode bits, but has no Landlock rule: the self-test
// uses it to verify Landlock alone.
inline constexpr char kWitnessFile[] = "/run/witness";

// Leaves the host's file system for the image's. Needs CAP_SYS_ADMIN. Returns false, with `error`
// set to a sentence, if any step fails; the caller must then exit.
bool EnterImageRoot(const std::string& environment, const std::string& sessions_directory,
                    std::string* error);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_IMAGE_ROOT_H_
