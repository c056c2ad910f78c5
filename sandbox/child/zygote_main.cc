// carrel-zygote: the process of one image. Started by the launcher with an empty
// environment, the control socket as descriptor 3 and the ZygoteLaunch message
// (frames.proto) as the first packet on it.
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "carrel/internal/frames.pb.h"
#include "sandbox/child/image_root.h"
#include "sandbox/child/interpreter.h"
#include "sandbox/child/session_folders.h"
#include "sandbox/child/zygote_server.h"
#include "sandbox/layers.h"

namespace carrel::child {

namespace {

constexpr int kControlFd = 3;

// Where the image's environment is, as sessions see it.
std::string EnvironmentPath(const internal::ZygoteLaunch& launch) {
  return launch.own_namespaces() ? kEnvironmentPath : launch.environment();
}

// All that a session inherits. Nothing comes from the host's environment.
void SetEnvironment(const std::string& environment_path, const std::string& guest_library) {
  clearenv();
  const std::pair<const char*, std::string> variables[] = {
      {"PATH", environment_path + "/bin:/usr/bin:/bin"},
      {"HOME", "/mnt/data"},
      {"USER", "carrel"},
      {"LOGNAME", "carrel"},
      {"SHELL", "/bin/bash"},
      {"LANG", "C.UTF-8"},
      {"TZ", "UTC"},
      {"VIRTUAL_ENV", environment_path},
      {"IPYTHONDIR", "/tmp/.ipython"},
      {"XDG_CACHE_HOME", "/tmp/.cache"},
      {"MPLCONFIGDIR", "/tmp/.matplotlib"},
      {"MATPLOTLIBRC", environment_path + "/share/carrel/matplotlib/matplotlibrc"},
      // One thread until the fork; a session's own count is set after it.
      {"OPENBLAS_NUM_THREADS", "1"},
      {"OMP_NUM_THREADS", "1"},
      {"MKL_NUM_THREADS", "1"},
  };
  for (const auto& [name, value] : variables) setenv(name, value.c_str(), 1);
  // For subprocesses; the launcher has preloaded it into this one.
  if (!guest_library.empty()) setenv("LD_PRELOAD", guest_library.c_str(), 1);
}

bool ReceiveLaunch(internal::ZygoteLaunch* launch) {
  std::vector<char> buffer(256 << 10);
  ssize_t n = recv(kControlFd, buffer.data(), buffer.size(), 0);
  return n > 0 && launch->ParseFromArray(buffer.data(), static_cast<int>(n));
}

std::string LoadPython(const internal::ZygoteLaunch& launch) {
  return PrepareInterpreter(EnvironmentPath(launch) + "/bin/python",
                            {launch.preload().begin(), launch.preload().end()},
                            {launch.warm_up().begin(), launch.warm_up().end()});
}

std::string PrepareInRootOfItsOwn(const internal::ZygoteLaunch& launch) {
  std::string error;
  if (!EnterImageRoot(launch.environment(), launch.sessions_directory(), &error)) return error;
  if (chdir(kWorkspacePath) != 0) return "cannot enter /mnt/data";
  return LoadPython(launch);
}

std::string PrepareInContainer(const internal::ZygoteLaunch& launch) {
  std::string scratch;
  std::string error = CheckFolderLinks();
  if (error.empty()) error = MakeScratchFolders(launch.sessions_directory(), &scratch);
  if (error.empty() && chdir("/") != 0) error = "cannot enter /";
  if (error.empty()) error = LoadPython(launch);
  if (!scratch.empty()) RemoveScratchFolders(scratch);
  return error;
}

std::string Prepare(const internal::ZygoteLaunch& launch) {
  return launch.own_namespaces() ? PrepareInRootOfItsOwn(launch) : PrepareInContainer(launch);
}

// It is installed beside this program; sessions do not see either.
int OpenSupervisorProgram() {
  char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
  if (n <= 0 || n >= static_cast<ssize_t>(sizeof(path))) return -1;
  const std::string self(path, static_cast<size_t>(n));
  const std::string program = self.substr(0, self.rfind('/') + 1) + "carrel-supervisor";
  return open(program.c_str(), O_PATH | O_CLOEXEC);
}

int Main() {
  umask(022);
  // If the launcher dies, so does the zygote; sessions do not depend on it.
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  // Where guests have its user id: nobody reads it, nobody traces it.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, "carrel-zygote", 0, 0, 0);
  if (syscall(SYS_close_range, 4U, ~0U, 0U) != 0) return 1;
  const char* preloaded = getenv("LD_PRELOAD");
  const std::string guest_library = preloaded == nullptr ? "" : preloaded;
  internal::ZygoteLaunch launch;
  if (!ReceiveLaunch(&launch)) return 1;
  SetEnvironment(EnvironmentPath(launch), guest_library);
  SetLayersOff(launch.test_layers_off());
  const int supervisor_program = OpenSupervisorProgram();
  ZygoteServer server(kControlFd, supervisor_program);
  std::string error = supervisor_program < 0 ? "carrel-supervisor is missing" : Prepare(launch);
  if (error.empty()) error = server.Prepare(launch);
  if (!server.Announce(error.empty() ? PythonVersion() : "", error) || !error.empty()) return 1;
  return server.Serve();
}

}  // namespace
}  // namespace carrel::child

// _exit: Python's own exit would run the handlers of guests.
int main() { _exit(carrel::child::Main()); }
