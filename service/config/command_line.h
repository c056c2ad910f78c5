// The command line of carreld.
#ifndef CARREL_SERVICE_CONFIG_COMMAND_LINE_H_
#define CARREL_SERVICE_CONFIG_COMMAND_LINE_H_

#include <string>

#include "absl/status/statusor.h"

namespace carrel {

struct CommandLine {
  std::string config;
  bool self_test = false;
  // Address of a server whose health is to be checked; carreld then exits.
  std::string check_health;
  // Output of --help or --version, to print before exiting.
  std::string answer;
};

// Returns InvalidArgument with a one-line message if the command line is malformed.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv);

}  // namespace carrel

#endif  // CARREL_SERVICE_CONFIG_COMMAND_LINE_H_
