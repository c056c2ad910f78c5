// The host name that sessions see; it reveals nothing about the machine's own.
#ifndef CARREL_SANDBOX_CHILD_CONFINE_HOST_NAME_H_
#define CARREL_SANDBOX_CHILD_CONFINE_HOST_NAME_H_

#include <unistd.h>

namespace carrel::child {

// Sets the name in the caller's UTS namespace. Returns false, with errno set, on failure.
inline bool SetSessionHostName() {
  return sethostname("carrel", 6) == 0 && setdomainname("", 0) == 0;
}

}  // namespace carrel::child

#endif  // CARREL_SANDBOX_CHILD_CONFINE_HOST_NAME_H_
