// SandboxLimits in a spawn request.
#ifndef CARREL_SANDBOX_IPC_WIRE_LIMITS_H_
#define CARREL_SANDBOX_IPC_WIRE_LIMITS_H_

#include "carrel/internal/frames.pb.h"
#include "sandbox/limits.h"

namespace carrel {

// The number of files in the workspace is left out: the host alone enforces it.
inline internal::SpawnLimits ToWire(const SandboxLimits& limits) {
  internal::SpawnLimits wire;
  wire.set_memory_bytes(limits.memory_bytes);
  wire.set_process_count(limits.process_count);
  wire.set_cpu_count(limits.cpu_count);
  wire.set_workspace_bytes(limits.workspace_bytes);
  wire.set_temporary_bytes(limits.temporary_bytes);
  wire.set_open_file_count(limits.open_file_count);
  return wire;
}

inline SandboxLimits FromWire(const internal::SpawnLimits& wire) {
  SandboxLimits limits;
  limits.memory_bytes = wire.memory_bytes();
  limits.process_count = wire.process_count();
  limits.cpu_count = wire.cpu_count();
  limits.workspace_bytes = wire.workspace_bytes();
  limits.temporary_bytes = wire.temporary_bytes();
  limits.open_file_count = wire.open_file_count();
  return limits;
}

}  // namespace carrel

#endif  // CARREL_SANDBOX_IPC_WIRE_LIMITS_H_
