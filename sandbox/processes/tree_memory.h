// The limit of the memory of all processes of a session together.
#ifndef CARREL_SANDBOX_PROCESSES_TREE_MEMORY_H_
#define CARREL_SANDBOX_PROCESSES_TREE_MEMORY_H_

#include <cstdint>

#include "sandbox/limits.h"

namespace carrel {

// Returns a little more than one process may allocate, so that Python raises a MemoryError before a
// process is killed.
inline int64_t TreeMemoryLimit(const SandboxLimits& limits) {
  return limits.memory_bytes + limits.memory_bytes / 8 + (int64_t{64} << 20);
}

}  // namespace carrel

#endif  // CARREL_SANDBOX_PROCESSES_TREE_MEMORY_H_
