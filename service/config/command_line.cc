#include "service/config/command_line.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace carrel {
namespace {

constexpr char kUsage[] =
    "Usage: carreld --config FILE [--self_test]\n"
    "       carreld --check_health ADDRESS\n"
    "Serves sandboxed Python sessions over gRPC.\n"
    "\n"
    "  --config FILE  server configuration in text format\n"
    "  --self_test    print how this machine holds each guarantee, and end:\n"
    "                 status 0 if all are held, else 1\n"
    "  --check_health ADDRESS\n"
    "                 ask a running carreld, e.g. unix:/path or 127.0.0.1:7411:\n"
    "                 status 0 if it serves, else 1\n"
    "  --version      print the version and end\n"
    "  --help         print this and end\n";

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv) {
  CommandLine result;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    absl::ConsumePrefix(&argument, "-");
    if (argument == "-self_test" || argument == "-self-test") {
      result.self_test = true;
    } else if (argument == "-version") {
      result.answer = absl::StrCat("carreld ", CARREL_VERSION, "\n");
    } else if (argument == "-help" || argument == "h") {
      result.answer = kUsage;
    } else if (absl::ConsumePrefix(&argument, "-config=")) {
      result.config = std::string(argument);
    } else if (argument == "-config" && i + 1 < argc) {
      result.config = argv[++i];
    } else if (absl::ConsumePrefix(&argument, "-check_health=")) {
      result.check_health = std::string(argument);
    } else if (argument == "-check_health" && i + 1 < argc) {
      result.check_health = argv[++i];
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown or incomplete argument \"", argv[i], "\"; see carreld --help"));
    }
  }
  if (result.answer.empty() && result.check_health.empty() && result.config.empty())
    return absl::InvalidArgumentError("--config FILE is missing; see carreld --help");
  return result;
}

}  // namespace carrel
