// The machine as the session may use it, in isolation modes that mount nothing
// (../confine/session_view.h).
#ifndef CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_
#define CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_

#include <cstdint>

namespace carrel::guest {

// Returns the bytes of memory that the session may have; 0 in the zygote.
int64_t SessionMemory();

// Returns the number of CPUs that this thread may run on; 0 if the kernel does not report it.
int SessionCpus();

// If `path` is a file in which libraries look up the memory and the CPUs that they may use, opens a
// file with the session's values. Otherwise, or on failure, returns -1.
int OpenMachineFile(const char* path);

}  // namespace carrel::guest

#endif  // CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_
