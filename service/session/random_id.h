// Ids that nobody can guess.
#ifndef CARREL_SERVICE_SESSION_RANDOM_ID_H_
#define CARREL_SERVICE_SESSION_RANDOM_ID_H_

#include <string>

namespace carrel {

// 16 characters of [a-z2-7]: 80 bits from the kernel. Ends the process if the
// kernel has none, which it has not failed to have since boot.
std::string RandomId();

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_RANDOM_ID_H_
