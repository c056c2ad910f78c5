// The resource limits of a session.
#ifndef CARREL_SANDBOX_LIMITS_H_
#define CARREL_SANDBOX_LIMITS_H_

#include <cstdint>

namespace carrel {

// Resource limits that an interpreter and all its processes share. Every field is positive.
struct SandboxLimits {
  int64_t memory_bytes = 0;          // Private memory of the process tree.
  int32_t process_count = 0;         // Processes and threads together.
  int32_t cpu_count = 1;             // CPUs to run on; also threads of BLAS and OpenMP.
  int64_t workspace_bytes = 0;       // All files together, as st_blocks count.
  int64_t workspace_file_count = 0;  // Files and directories.
  int64_t temporary_bytes = 0;       // /tmp and /dev/shm together.
  int32_t open_file_count = 0;       // Per process.

  bool operator==(const SandboxLimits&) const = default;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_LIMITS_H_
