// How a zygote starts. One process is two programs, one after the other:
//
//   carrel-zygote       zygote_main.cc: leaves the host's file system, then executes
//   /usr/bin/python3.11 the image's, with libcarrel-zygote.so loaded into it, whose
//                       zygote_process.cc takes the place of Python's own main()
//
// What both need is here. docs/architecture.md says why it is Debian's program.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_START_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_START_H_

#include <string>

#include "carrel/internal/frames.pb.h"

namespace carrel::child {

// Open in both. The first is the launcher's gift, the others are carrel-zygote's.
inline constexpr int kControlFd = 3;
inline constexpr int kZygoteSupervisorProgramFd = 4;
// Closed by the library, which it is.
inline constexpr int kZygoteLibraryFd = 5;

// Of the environment of the second program, until it makes one of its own: what is
// preloaded is this, and then the guest library, if there is one.
inline constexpr char kPreloadVariable[] = "LD_PRELOAD";
inline constexpr char kPreloadedZygote[] = "/proc/self/fd/5";
inline constexpr char kPreloadSeparator = ':';

// Of the process, which an exec undoes: nobody may look into it, and it has a name.
void GuardZygote(const char* name);

// The launcher's message, the first packet on the control socket, which stays there if
// `peek`. False if there is none.
bool ReadLaunch(internal::ZygoteLaunch* launch, bool peek);

// Tells the host that the zygote may be asked for sessions, or what has gone wrong.
bool AnnounceZygote(int control_fd, const std::string& python_version, const std::string& error);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_START_H_
