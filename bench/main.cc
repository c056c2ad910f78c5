// carrel-bench: measures a running carreld beside a bare gRPC server. Usually
// started by bench/run.py, which starts both.
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_split.h"
#include "echo_client.h"
#include "echo_server.h"
#include "figures.h"
#include "interpreter_client.h"
#include "latency.h"
#include "machine.h"
#include "memory.h"
#include "table.h"
#include "throughput.h"

ABSL_FLAG(std::string, serve_echo, "", "serve bare gRPC calls at this address, and do no more");
ABSL_FLAG(std::string, echo, "", "the address of such a server");
ABSL_FLAG(std::string, carreld, "", "the address of carreld");
ABSL_FLAG(std::string, images, "minimal,data-science", "images; the last is what figures count");
ABSL_FLAG(int32_t, iterations, 200, "samples of each latency");
ABSL_FLAG(int32_t, pandas_iterations, 40, "samples of the first pandas result");
ABSL_FLAG(int32_t, block, 20, "calls of one kind in a row, and sessions open meanwhile");
ABSL_FLAG(int32_t, memory_sessions, 100, "sessions open at once to measure memory; 0: skip");
ABSL_FLAG(int32_t, memory_rounds, 3, "how often");
ABSL_FLAG(int32_t, throughput_iterations, 5, "samples of each throughput; 0: skip");
ABSL_FLAG(int64_t, file_mib, 64, "size of the file written and read");
ABSL_FLAG(std::string, json, "", "write the report to this file, too");

namespace carrel::bench {
namespace {

void MeasureMemory(const std::vector<std::string>& images, int count, InterpreterClient* carrel,
                   Report* report) {
  const int rounds = std::max(1, absl::GetFlag(FLAGS_memory_rounds));
  std::vector<IdleMemory> memories;
  memories.push_back(MeasureIdleMemory(images.back(), kPrintCell, count, rounds, carrel));
  memories.push_back(MeasureIdleMemory(images.back(), kPandasCell, count, rounds, carrel));
  for (size_t i = 0; i + 1 < images.size(); ++i)
    memories.push_back(MeasureIdleMemory(images[i], kPrintCell, count, rounds, carrel));
  ReportMemory(memories, report);
}

bool WriteJson(const Report& report, const std::string& path) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(report, &json, options).ok()) return false;
  std::ofstream file(path);
  file << json;
  return file.flush().good();
}

int Measure(const std::string& carreld, const std::string& echo_address) {
  const std::vector<std::string> images = absl::StrSplit(absl::GetFlag(FLAGS_images), ',');
  Report report;
  *report.mutable_machine() = DescribeMachine(carreld);
  EchoClient echo(echo_address);
  InterpreterClient carrel(carreld);
  report.mutable_machine()->set_carrel_version(carrel.Version());

  LatencyOptions options;
  options.iterations = absl::GetFlag(FLAGS_iterations);
  options.pandas_iterations = absl::GetFlag(FLAGS_pandas_iterations);
  options.block = absl::GetFlag(FLAGS_block);
  ReportLatency(MeasureLatency(options, images, &echo, &carrel), &report);
  if (const int count = absl::GetFlag(FLAGS_memory_sessions); count > 0)
    MeasureMemory(images, count, &carrel, &report);
  if (const int count = absl::GetFlag(FLAGS_throughput_iterations); count > 0) {
    const int64_t file_bytes = absl::GetFlag(FLAGS_file_mib) << 20;
    ReportThroughput(MeasureThroughput(images.back(), count, file_bytes, &echo, &carrel), &report);
  }
  report.mutable_machine()->set_load_after(LoadAverage());
  fputs(FormatTable(report).c_str(), stdout);

  const std::string json = absl::GetFlag(FLAGS_json);
  if (json.empty() || WriteJson(report, json)) return 0;
  fprintf(stderr, "carrel-bench: %s cannot be written\n", json.c_str());
  return 1;
}

int Run() {
  if (const std::string address = absl::GetFlag(FLAGS_serve_echo); !address.empty())
    return ServeEcho(address);
  const std::string carreld = absl::GetFlag(FLAGS_carreld);
  const std::string echo = absl::GetFlag(FLAGS_echo);
  if (carreld.empty() || echo.empty() || absl::GetFlag(FLAGS_iterations) < 1 ||
      absl::GetFlag(FLAGS_block) < 1) {
    fputs("carrel-bench: --carreld and --echo must be given, and counts be positive\n", stderr);
    return 2;
  }
  return Measure(carreld, echo);
}

}  // namespace
}  // namespace carrel::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("measures carreld beside a bare gRPC server (bench/README.md)");
  absl::ParseCommandLine(argc, argv);
  return carrel::bench::Run();
}
