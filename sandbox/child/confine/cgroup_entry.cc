#include "sandbox/child/confine/cgroup_entry.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __x86_64__
#error "carrel_vfork_into is written for x86-64"
#endif

// The child calls other functions before its parent continues, and so overwrites the return address
// on the stack. A system call preserves rdx, where both find it.
asm(R"(
.text
.globl carrel_vfork_into
.type carrel_vfork_into, @function
carrel_vfork_into:
  .cfi_startproc
  pop %rdx
  .cfi_adjust_cfa_offset -8
  .cfi_register %rip, %rdx
  mov $435, %eax
  syscall
  push %rdx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rip, 0
  ret
  .cfi_endproc
.size carrel_vfork_into, .-carrel_vfork_into
.section .note.GNU-stack, "", @progbits
.text
)");
static_assert(SYS_clone3 == 435);

namespace carrel::child {

clone_args VforkInto(int cgroup_fd) {
  clone_args arguments{};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<unsigned long long>(cgroup_fd);
  return arguments;
}

bool EnterCgroup(int cgroup_fd) {
  const int file = openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  const bool entered = file >= 0 && write(file, "0", 1) == 1;
  if (file >= 0) close(file);
  return entered;
}

}  // namespace carrel::child
