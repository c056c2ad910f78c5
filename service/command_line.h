// The command line of carreld.
#ifndef CARREL_SERVICE_COMMAND_LINE_H_
#define CARREL_SERVICE_COMMAND_LINE_H_

#include <string>

#include "absl/status/statusor.h"

namespace carrel {

struct CommandLine {
  std::string config;
  bool self_test = false;
  // Address of a server to ask for its health, and end.
  std::string check_health;
  // --help or --version: print this and end.
  std::string answer;
};

// InvalidArgument says in one line what is wrong.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv);

}  // namespace carrel

#endif  // CARREL_SERVICE_COMMAND_LINE_H_
