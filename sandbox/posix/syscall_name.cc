#include "sandbox/posix/syscall_name.h"

#include <seccomp.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace carrel {

std::string SyscallName(int number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name != nullptr ? name : absl::StrCat("system call ", number);
  free(name);
  return text;
}

}  // namespace carrel
