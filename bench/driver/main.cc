// carrel-bench: takes the samples of one measurement of a running carreld, beside a
// bare gRPC server, and prints them as JSON. Started by bench/driver.py.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "crowd.h"
#include "echo_client.h"
#include "echo_server.h"
#include "interpreter_client.h"
#include "latency.h"
#include "report.pb.h"
#include "throughput.h"

ABSL_FLAG(std::string, echo, "", "the address of the bare server");
ABSL_FLAG(std::string, carreld, "", "the address of carreld");
ABSL_FLAG(std::string, image, "data-science", "what sessions run");
ABSL_FLAG(std::string, code, "print(1+1)", "the cell of `first_result` and `churn`");
ABSL_FLAG(std::string, folder, "", "serve_echo: for its file; files: on the disk to settle");
ABSL_FLAG(int32_t, iterations, 200, "samples of each kind");
ABSL_FLAG(int32_t, block, 20, "calls of one kind in a row");
ABSL_FLAG(int64_t, file_mib, 1024, "files: the size of the file");
ABSL_FLAG(int32_t, few, 10, "crowd: sessions open at first");
ABSL_FLAG(int32_t, sessions, 64, "crowd, rate, churn: how many");
ABSL_FLAG(int32_t, callers, 4, "churn: callers at once");
ABSL_FLAG(double, seconds, 5, "rate: of each sample");

namespace carrel::bench {
namespace {

constexpr char kUsage[] =
    "carrel-bench COMMAND --carreld=ADDRESS --echo=ADDRESS [FLAG...]\n"
    "COMMAND: create, warm_cell, first_result, output, files, crowd, rate, churn;\n"
    "serve_echo (with --echo and --folder alone); version. See bench/README.md.";

LatencyOptions Options() {
  LatencyOptions options;
  options.image = absl::GetFlag(FLAGS_image);
  options.iterations = absl::GetFlag(FLAGS_iterations);
  options.block = absl::GetFlag(FLAGS_block);
  return options;
}

// Runs one of the commands that measure one call after the other. False if `command` is none of
// them.
bool MeasureCalls(const std::string& command, Report* report) {
  const LatencyOptions options = Options();
  EchoClient echo(absl::GetFlag(FLAGS_echo));
  InterpreterClient carrel(absl::GetFlag(FLAGS_carreld));
  if (command == "create") {
    MeasureCreate(options, &echo, &carrel, report);
  } else if (command == "warm_cell") {
    MeasureWarmCell(options, &echo, &carrel, report);
  } else if (command == "first_result") {
    MeasureFirstResult(options, absl::GetFlag(FLAGS_code), &carrel, report);
  } else if (command == "output") {
    MeasureOutput(options.image, options.iterations, &echo, &carrel, report);
  } else if (command == "files") {
    MeasureFiles(options.image, options.iterations, absl::GetFlag(FLAGS_file_mib) << 20,
                 absl::GetFlag(FLAGS_folder), &echo, &carrel, report);
  } else {
    return false;
  }
  return true;
}

// Runs one of the commands with many sessions. False if `command` is none of them.
bool MeasureMany(const std::string& command, Report* report) {
  const std::string address = absl::GetFlag(FLAGS_carreld);
  const std::string image = absl::GetFlag(FLAGS_image);
  const int sessions = absl::GetFlag(FLAGS_sessions);
  const int iterations = absl::GetFlag(FLAGS_iterations);
  if (command == "crowd") {
    InterpreterClient carrel(address);
    MeasureCrowd(image, absl::GetFlag(FLAGS_few), sessions, iterations, &carrel, report);
  } else if (command == "rate") {
    MeasureRate(address, image, sessions, absl::GetFlag(FLAGS_seconds), iterations, report);
  } else if (command == "churn") {
    Churn(address, image, sessions, absl::GetFlag(FLAGS_callers), absl::GetFlag(FLAGS_code));
  } else {
    return false;
  }
  return true;
}

int Print(const Report& report) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(report, &json).ok()) return 1;
  puts(json.c_str());
  return 0;
}

int Run(const std::string& command) {
  if (command == "version") {
    puts(grpc::Version().c_str());
    return 0;
  }
  if (command == "serve_echo")
    return ServeEcho(absl::GetFlag(FLAGS_echo), absl::GetFlag(FLAGS_folder));
  Report report;
  if (absl::GetFlag(FLAGS_carreld).empty() || absl::GetFlag(FLAGS_iterations) < 1 ||
      absl::GetFlag(FLAGS_block) < 1 ||
      (!MeasureMany(command, &report) && !MeasureCalls(command, &report))) {
    fprintf(stderr, "%s\n", kUsage);
    return 2;
  }
  return Print(report);
}

}  // namespace
}  // namespace carrel::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(carrel::bench::kUsage);
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  return carrel::bench::Run(words.size() == 2 ? words[1] : "");
}
