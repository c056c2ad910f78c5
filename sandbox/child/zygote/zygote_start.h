// The start of a zygote. One process runs two programs, one after the other:
//
//   carrel-zygote       zygote_main.cc: leaves the host's file system, then executes
//   /usr/bin/python3.11 the image's, with libcarrel-zygote.so loaded into it, whose
//                       zygote_process.cc takes the place of Python's own main()
//
// This file holds the declarations that both share. docs/zygote.md explains why Debian's program
// is used.
#ifndef CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_START_H_
#define CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_START_H_

#include <string>

#include "carrel/internal/frames.pb.h"

namespace carrel::child {

// Descriptors that are open in both. The first comes from the launcher, the others from
// carrel-zygote.
inline constexpr int kControlFd = 3;
inline constexpr int kZygoteSupervisorProgramFd = 4;
// The library libcarrel-zygote.so itself, which closes it.
inline constexpr int kZygoteLibraryFd = 5;

// The environment of the second program, until it makes one of its own: it preloads the library and
// then the guest library, if there is one.
inline constexpr char kPreloadVariable[] = "LD_PRELOAD";
inline constexpr char kPreloadedZygote[] = "/proc/self/fd/5";
inline constexpr char kPreloadSeparator = ':';

// Sets two attributes of the process that an exec resets: no other process may inspect it, and it
// has a name.
void GuardZygote(const char* name);

// Reads the launcher's message, the first packet on the control socket; leaves it there if `peek`.
// Returns false if there is none.
bool ReadLaunch(internal::ZygoteLaunch* launch, bool peek);

// Reports to the host that the zygote accepts requests, or what has gone wrong.
bool AnnounceZygote(int control_fd, const std::string& python_version, const std::string& error);

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_ZYGOTE_ZYGOTE_START_H_
