// One sentence for people about how an interpreter ended.
#ifndef CARREL_SANDBOX_PARSING_DEATH_MESSAGE_H_
#define CARREL_SANDBOX_PARSING_DEATH_MESSAGE_H_

#include <string>

#include "sandbox/sandbox.h"

namespace carrel {

// From all fields of `death` but `message`.
std::string DeathMessage(const Death& death);

}  // namespace carrel

#endif  // CARREL_SANDBOX_PARSING_DEATH_MESSAGE_H_
