// The Python half of the interpreter, kept in the binary, where no guest can reach it. Generated
// from kernel/*.py by embed_kernel.cmake.
#ifndef CARREL_SANDBOX_CHILD_INTERPRETER_KERNEL_SOURCE_H_
#define CARREL_SANDBOX_CHILD_INTERPRETER_KERNEL_SOURCE_H_

#include <vector>

namespace carrel::child {

struct KernelModule {
  const char* name;
  const char* source;
};

// The modules, in the order in which they import each other.
extern const std::vector<KernelModule> kKernelModules;

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_INTERPRETER_KERNEL_SOURCE_H_
