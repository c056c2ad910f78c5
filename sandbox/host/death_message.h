// A sentence for people about the end of an interpreter.
#ifndef CARREL_SANDBOX_HOST_DEATH_MESSAGE_H_
#define CARREL_SANDBOX_HOST_DEATH_MESSAGE_H_

#include <string>

#include "sandbox/outcome.h"

namespace carrel {

// Composes the message from all other fields of `death`.
std::string DeathMessage(const Death& death);

}  // namespace carrel

#endif  // CARREL_SANDBOX_HOST_DEATH_MESSAGE_H_
