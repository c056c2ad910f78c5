// The machine as the session may use it, where no mount can show it (../session_view.h).
#ifndef CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_
#define CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_

#include <cstdint>

namespace carrel::guest {

// Bytes that the session may have; 0 in the zygote.
int64_t SessionMemory();

// CPUs that this thread may run on; 0 if the kernel does not say.
int SessionCpus();

// If `path` is a file in which libraries look for the memory and the CPUs that they may use,
// opens one that says what the session's are. Else, and if it cannot be made, -1.
int OpenMachineFile(const char* path);

}  // namespace carrel::guest

#endif  // CARREL_SANDBOX_CHILD_GUEST_LIBRARY_MACHINE_H_
