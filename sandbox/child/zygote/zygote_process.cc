// The zygote: the code that runs in Debian's python3.11 instead of Python's own main().
// carrel-zygote has executed the program, with this library preloaded; see zygote_start.h.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "carrel/internal/frames.pb.h"
#include "sandbox/child/confine/session_folders.h"
#include "sandbox/child/interpreter/interpreter.h"
#include "sandbox/child/zygote/image_root.h"
#include "sandbox/child/zygote/zygote_server.h"
#include "sandbox/child/zygote/zygote_start.h"
#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// Returns the path of the image's environment, as sessions see it.
std::string EnvironmentPath(const internal::ZygoteLaunch& launch) {
  return launch.own_namespaces() ? kEnvironmentPath : launch.environment();
}

// Returns the library that is preloaded for subprocesses, empty if there is none. Clears the
// environment, in /proc/self/environ, too.
std::string TakeGuestLibrary(char** environment) {
  const char* preloaded = getenv(kPreloadVariable);
  const char* second = preloaded == nullptr ? nullptr : strchr(preloaded, kPreloadSeparator);
  std::string guest_library = second == nullptr ? "" : second + 1;
  for (char** variable = environment; *variable != nullptr; ++variable)
    memset(*variable, 0, strlen(*variable));
  clearenv();
  return guest_library;
}

// Sets all variables that a session inherits. None comes from the host's environment.
void SetEnvironment(const std::string& environment_path, const std::string& guest_library) {
  const std::string zones = environment_path + kEnvironmentZoneInfo;
  const std::pair<const char*, std::string> variables[] = {
      {"PATH", environment_path + "/bin:/usr/bin:/bin"},
      {"HOME", "/mnt/data"},
      {"USER", "carrel"},
      {"LOGNAME", "carrel"},
      {"SHELL", "/bin/bash"},
      {"LANG", "C.UTF-8"},
      {"TZ", "UTC"},
      {"TZDIR", zones},
      {"PYTHONTZPATH", zones},
      {"PYTZ_TZDATADIR", zones},
      {"VIRTUAL_ENV", environment_path},
      {"IPYTHONDIR", "/tmp/.ipython"},
      {"XDG_CACHE_HOME", "/tmp/.cache"},
      {"MPLCONFIGDIR", "/tmp/.matplotlib"},
      {"MATPLOTLIBRC", environment_path + "/share/carrel/matplotlib/matplotlibrc"},
      // There is one thread until the fork; a session's own count is set after it.
      {"OPENBLAS_NUM_THREADS", "1"},
      {"OMP_NUM_THREADS", "1"},
      {"MKL_NUM_THREADS", "1"},
  };
  for (const auto& [name, value] : variables) setenv(name, value.c_str(), 1);
  // Subprocesses preload it; this process has loaded it already.
  if (!guest_library.empty()) setenv(kPreloadVariable, guest_library.c_str(), 1);
}

std::string LoadPython(const internal::ZygoteLaunch& launch) {
  return PrepareInterpreter(EnvironmentPath(launch) + "/bin/python",
                            {launch.preload().begin(), launch.preload().end()},
                            {launch.warm_up().begin(), launch.warm_up().end()});
}

std::string PrepareInRootOfItsOwn(const internal::ZygoteLaunch& launch) {
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

// Closes all descriptors except the standard ones, the control socket and the supervisor's program.
bool TakeDescriptors() {
  return syscall(SYS_close_range, static_cast<unsigned>(kZygoteLibraryFd), ~0U, 0U) == 0 &&
         fcntl(kControlFd, F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(kZygoteSupervisorProgramFd, F_SETFD, FD_CLOEXEC) == 0;
}

int Serve(char** environment) {
  GuardZygote("carrel-zygote");
  if (!TakeDescriptors()) return 1;
  const std::string guest_library = TakeGuestLibrary(environment);
  internal::ZygoteLaunch launch;
  if (!ReadLaunch(&launch, /*peek=*/false)) return 1;
  SetEnvironment(EnvironmentPath(launch), guest_library);
  SetLayersOff(launch.test_layers_off());
  ZygoteServer server(kControlFd, kZygoteSupervisorProgramFd);
  std::string error = Prepare(launch);
  if (error.empty()) error = server.Prepare(launch);
  const std::string version = error.empty() ? PythonVersion() : "";
  if (!AnnounceZygote(kControlFd, version, error) || !error.empty()) return 1;
  return server.Serve();
}

// _exit is used because Python's own exit would run the handlers of guests.
[[noreturn]] int Main(int, char**, char** environment) { _exit(Serve(environment)); }

}  // namespace
}  // namespace carrel::child

// The C library calls main() from its __libc_start_main, which the program calls when it starts:
// this definition takes precedence, and passes Main to the C library instead of Python's. No
// other symbol of this library is visible to the program or to what it loads (zygote_library.map).
// NOLINTNEXTLINE(bugprone-reserved-identifier): its name is the C library's.
extern "C" __attribute__((visibility("default"))) int __libc_start_main(
    int (*)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
    void (*rtld_fini)(), void* stack_end) {
  using Main = int (*)(int, char**, char**);
  using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
  auto start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  if (start == nullptr) _exit(1);
  return start(&carrel::child::Main, argc, argv, init, fini, rtld_fini, stack_end);
}
