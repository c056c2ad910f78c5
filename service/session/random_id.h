// Unguessable ids.
#ifndef CARREL_SERVICE_SESSION_RANDOM_ID_H_
#define CARREL_SERVICE_SESSION_RANDOM_ID_H_

#include <string>

namespace carrel {

// Returns 16 characters of [a-z2-7]: 80 bits from the kernel. Ends the process if getrandom()
// fails, which it does not do once the system has booted.
std::string RandomId();

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_RANDOM_ID_H_
