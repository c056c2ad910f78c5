// Names of system calls, for people.
#ifndef CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_
#define CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_

#include <string>

namespace carrel {

// Returns "socket" for 41, and "system call 451" for one that libseccomp does not know.
std::string SyscallName(int number);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_
