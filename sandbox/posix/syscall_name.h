// Names of system calls, for people.
#ifndef CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_
#define CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_

#include <string>

namespace carrel {

// "socket" of 41; "system call 451" of one that libseccomp has no name for.
std::string SyscallName(int number);

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_SYSCALL_NAME_H_
