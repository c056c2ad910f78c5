// carrel-zygote: starts the process of one image. It leaves the host's file system for the image's,
// and there becomes Debian's python3.11 with Carrel in it (zygote_start.h). The launcher starts it
// with the control socket as descriptor 3, the ZygoteLaunch message (frames.proto) as the first
// packet on it, and no environment except the guest library.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "carrel/internal/frames.pb.h"
#include "sandbox/child/zygote/image_root.h"
#include "sandbox/child/zygote/zygote_start.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

constexpr char kPython[] = "/usr/bin/python3.11";
constexpr char kName[] = "carrel-zygote";

// Returns the path of this program; empty if it cannot be read.
std::string OwnPath() {
  char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
  if (n <= 0 || n >= static_cast<ssize_t>(sizeof(path))) return "";
  return std::string(path, static_cast<size_t>(n));
}

// Opens a file as descriptor `number`, which the next program inherits.
bool OpenAs(const std::string& path, int flags, int number) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return false;
  if (fd == number) return fcntl(fd, F_SETFD, 0) == 0;
  const bool ok = dup2(fd, number) == number;
  close(fd);
  return ok;
}

// Opens the supervisor's program and the library, which are installed beside this program; sessions
// see none of the three. The library has this program's name, so that carrel-zygote-testing has its
// own. Returns an empty string, or an error.
std::string OpenCompanions() {
  const std::string self = OwnPath();
  const size_t slash = self.rfind('/');
  if (slash == std::string::npos) return "/proc/self/exe cannot be read";
  const std::string folder = self.substr(0, slash + 1);
  const std::string library = "lib" + self.substr(slash + 1) + ".so";
  if (!OpenAs(folder + "carrel-supervisor", O_PATH, kZygoteSupervisorProgramFd))
    return "carrel-supervisor is missing";
  if (!OpenAs(folder + library, O_RDONLY, kZygoteLibraryFd)) return library + " is missing";
  return "";
}

// Executes Python. Returns an error only if it fails.
std::string ExecutePython(const std::string& guest_library) {
  std::string preload = std::string(kPreloadVariable) + "=" + kPreloadedZygote;
  if (!guest_library.empty()) preload += kPreloadSeparator + guest_library;
  // Debian's program resolves functions of the C library at their first call. Without this variable
  // each session would write to pages that it can share.
  char bind_now[] = "LD_BIND_NOW=1";
  char* const environment[] = {preload.data(), bind_now, nullptr};
  char name[sizeof(kName)];
  memcpy(name, kName, sizeof(kName));
  char* const arguments[] = {name, nullptr};
  execve(kPython, arguments, environment);
  return std::string("cannot execute ") + kPython + ": " + strerror(errno);
}

std::string BecomePython(const internal::ZygoteLaunch& launch, const std::string& guest_library) {
  std::string error = OpenCompanions();
  if (error.empty() && launch.own_namespaces())
    EnterImageRoot(launch.environment(), launch.sessions_directory(), &error);
  return error.empty() ? ExecutePython(guest_library) : error;
}

int Main() {
  umask(022);
  // The zygote dies with the launcher; sessions do not depend on it.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  GuardZygote(kName);
  if (syscall(SYS_close_range, kControlFd + 1U, ~0U, 0U) != 0) return 1;
  const char* guest_library = getenv(kPreloadVariable);
  internal::ZygoteLaunch launch;
  if (!ReadLaunch(&launch, /*peek=*/true)) return 1;
  SetLayersOff(launch.test_layers_off());
  const std::string error = BecomePython(launch, guest_library ? guest_library : "");
  // Closing a socket with unread data would discard the message below.
  ReadLaunch(&launch, /*peek=*/false);
  AnnounceZygote(kControlFd, "", error);
  return 1;
}

}  // namespace
}  // namespace carrel::child

int main() { return carrel::child::Main(); }
