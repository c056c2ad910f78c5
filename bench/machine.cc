#include "machine.h"

#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "memory.h"

namespace carrel::bench {
namespace {

constexpr double kKibPerGib = 1024 * 1024;

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (absl::StartsWith(line, "model name")) return line.substr(line.find(':') + 2);
  return "";
}

std::string Kernel() {
  utsname name;
  return uname(&name) == 0 ? absl::StrCat(name.sysname, " ", name.release) : "";
}

}  // namespace

double LoadAverage() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

Machine DescribeMachine(const std::string& address) {
  Machine machine;
  machine.set_time(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()));
  machine.set_kernel(Kernel());
  machine.set_cpu(CpuModel());
  machine.set_cores(static_cast<int>(std::thread::hardware_concurrency()));
  machine.set_memory_gib(ReadMemInfo()["MemTotal"] / kKibPerGib);
  machine.set_load_before(LoadAverage());
  machine.set_grpc_version(grpc::Version());
  machine.set_transport(absl::StartsWith(address, "unix:") ? "Unix socket" : "TCP");
  return machine;
}

}  // namespace carrel::bench
