// The file system that sessions see, built once by the zygote: a private mount
// namespace whose root is a read-only tmpfs with the host's /usr and the image's
// environment bound into it.
#ifndef CARREL_SANDBOX_CHILD_IMAGE_ROOT_H_
#define CARREL_SANDBOX_CHILD_IMAGE_ROOT_H_

#include <string>

namespace carrel::child {

// Where things are inside. Scripts and docs rely on these names.
inline constexpr char kEnvironmentPath[] = "/opt/carrel/env";
// Below the environment, in all lanes: the image's time zones, compiled.
inline constexpr char kEnvironmentZoneInfo[] = "/share/zoneinfo";
inline constexpr char kWorkspacePath[] = "/mnt/data";
// All sessions' folders; only the zygote sees it, a session unmounts it.
inline constexpr char kHostSessionsPath[] = "/.host";
// Private to a session: holds its /tmp, /dev/shm, passwd, group and view of the machine.
inline constexpr char kSessionPath[] = "/run/session";
// Mounted and readable by mode bits, but without a Landlock rule: what the
// self-test uses to witness Landlock alone.
inline constexpr char kWitnessFile[] = "/run/witness";

// Leaves the host's file system for the image's. Needs CAP_SYS_ADMIN. False, with
// `error` set to a sentence, if any step fails; the caller must then end.
bool EnterImageRoot(const std::string& environment, const std::string& sessions_directory,
                    std::string* error);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_IMAGE_ROOT_H_
