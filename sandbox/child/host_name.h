// The name by which sessions know the machine; it says nothing of the machine's own.
#ifndef CARREL_SANDBOX_CHILD_HOST_NAME_H_
#define CARREL_SANDBOX_CHILD_HOST_NAME_H_

#include <unistd.h>

namespace carrel::child {

// Gives it to the UTS namespace of the caller. False with errno set.
inline bool SetSessionHostName() {
  return sethostname("carrel", 6) == 0 && setdomainname("", 0) == 0;
}

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_HOST_NAME_H_
