// carreld: wires everything together. The order of Serve matters: processes are forked before there
// is any thread.
#include <google/protobuf/stubs/logging.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/thread_pool.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "sandbox/loop/event_loop.h"
#include "sandbox/processes/scheduling.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/spawn/isolation_mode.h"
#include "sandbox/spawn/launcher.h"
#include "sandbox/spawn/zygote.h"
#include "service/config/command_line.h"
#include "service/config/data_directory.h"
#include "service/config/server_config.h"
#include "service/own_memory.h"
#include "service/rpc/code_interpreter_service.h"
#include "service/rpc/health_check.h"
#include "service/rpc/rpc_server.h"
#include "service/rpc/transfers.h"
#include "service/session/session_isolation.h"
#include "service/session/session_table.h"
#include "service/store/memory/memory_execution_store.h"
#include "service/store/memory/memory_session_store.h"

namespace carrel {
namespace {

constexpr int kPoolThreads = 4;
// Maximum bytes of the events that are kept in memory for one session's history.
constexpr int64_t kMaxHistoryBytes = int64_t{64} << 20;
constexpr auto kShutdownGrace = std::chrono::seconds(5);

// Prints one line for the operator, and returns the exit status of a failed start.
int Refuse(const absl::Status& status) {
  std::string line = absl::StrReplaceAll(status.message(), {{"\n", " "}});
  fprintf(stderr, "carreld: %s\n", line.c_str());
  return 1;
}

// Finds a program next to carreld, as installed or as built. Environment variables have no effect.
absl::StatusOr<std::string> FindInstalled(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return absl::NotFoundError("/proc/self/exe cannot be read; is /proc mounted?");
  for (const char* place : {".", "../libexec", "../sandbox/child"}) {
    fs::path candidate = (self.parent_path() / place / name).lexically_normal();
    if (access(candidate.c_str(), R_OK) == 0) return candidate.string();
  }
  return absl::NotFoundError(
      absl::StrCat(name, " is not beside ", self.string(), "; build or install it"));
}

// Refuses images that carreld's user owns, where sessions share that user id: a session may change
// its own user's files. Through a descriptor even a file that Landlock lets it only read can be
// given other mode bits.
absl::Status CheckImagesAreNotOurs(const ServerSettings& settings, IsolationMode isolation_mode) {
  if (HasOwnUser(isolation_mode)) return absl::OkStatus();
  for (const ImageSettings& image : settings.images) {
    for (const char* part : {"", "/bin", "/lib", "/pyvenv.cfg"}) {
      const std::string path = image.environment + part;
      struct stat status;
      if (stat(path.c_str(), &status) == 0 && status.st_uid == geteuid())
        return absl::FailedPreconditionError(absl::StrCat(
            path,
            " belongs to the user that carreld runs as, whom its sessions share; let root own "
            "the image's files"));
    }
  }
  return absl::OkStatus();
}

// Descriptors to a session's processes: frames, stdout, stderr, supervisor; and the counter of
// their CPU time.
constexpr rlim_t kDescriptorsPerSession = 5;
// Connections of callers, zygotes, inotify, descriptors of libraries; sessions that start or end;
// uploads, which have a file and a directory open.
constexpr rlim_t kOtherDescriptors = 1024 + 2 * Transfers::kMax;

// Raises the limit of open files, usually a soft one of 1024. Root may raise the hard one, too.
void RaiseFileLimit(const ServerSettings& settings) {
  const rlim_t needed =
      kOtherDescriptors +
      kDescriptorsPerSession * static_cast<rlim_t>(settings.max_session_count +
                                                   settings.max_warm_interpreter_count *
                                                       static_cast<int>(settings.images.size()));
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlimit raised{std::max(limit.rlim_max, needed), std::max(limit.rlim_max, needed)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the descriptor limit cannot be raised");
  if (limit.rlim_cur < needed)
    spdlog::warn(
        "max_session_count is {}, but {} descriptors may be open, enough for some {} sessions: "
        "raise the limit (LimitNOFILE, --ulimit nofile) to {}",
        settings.max_session_count, limit.rlim_cur,
        (std::max(limit.rlim_cur, kOtherDescriptors) - kOtherDescriptors) / kDescriptorsPerSession,
        needed);
}

// Blocks SIGTERM and SIGINT, which the main thread waits for, and ignores SIGPIPE.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

ZygoteSpec SpecOf(const ImageSettings& image, const std::string& sessions_directory,
                  const SessionIsolation& isolation) {
  ZygoteSpec spec;
  spec.name = image.config.name();
  spec.environment = image.environment;
  spec.sessions_directory = sessions_directory;
  spec.isolation_mode = isolation.isolation_mode;
  spec.cgroups = isolation.cgroups;
  spec.preload.assign(image.config.preload().begin(), image.config.preload().end());
  spec.warm_up.assign(image.config.warm_up().begin(), image.config.warm_up().end());
  return spec;
}

// Starts a zygote per image; logs how long each took.
absl::Status StartZygotes(const ServerSettings& settings, const DataDirectory& data,
                          const SessionIsolation& isolation, EventLoop* loop,
                          asio::thread_pool* pool, SamplingThreads* samplers, Launcher* launcher,
                          std::vector<std::unique_ptr<Zygote>>* zygotes) {
  for (const ImageSettings& image : settings.images) {
    spdlog::info("loading image {} ({} modules)", image.config.name(), image.config.preload_size());
    const absl::Time start = absl::Now();
    absl::StatusOr<std::unique_ptr<Zygote>> zygote = Zygote::Start(
        loop, pool, samplers, launcher, SpecOf(image, data.sessions_directory(), isolation));
    if (!zygote.ok()) {
      return absl::Status(zygote.status().code(),
                          absl::StrCat("image \"", image.config.name(),
                                       "\" cannot be loaded: ", zygote.status().message()));
    }
    spdlog::info("image {} is ready: Python {}, {}", image.config.name(),
                 (*zygote)->python_version(), absl::FormatDuration(absl::Now() - start));
    zygotes->push_back(*std::move(zygote));
  }
  return absl::OkStatus();
}

absl::StatusOr<IsolationReport> TestIsolation(const ServerSettings& settings,
                                              const DataDirectory& data,
                                              const SessionIsolation& isolation, EventLoop* loop,
                                              const std::vector<ServedImage>& images) {
  const ServedImage* image = &images[0];
  for (const ServedImage& candidate : images)
    if (candidate.settings->config.name() == "minimal") image = &candidate;
  SelfTestOptions options;
  options.sessions_directory = data.sessions_directory();
  options.isolation_mode = isolation.isolation_mode;
  options.cgroups = isolation.cgroups;
  options.no_cgroups = isolation.no_cgroups;
  options.first_uid = HasOwnUser(isolation.isolation_mode) ? settings.first_session_uid : geteuid();
  return RunSelfTest(loop, image->zygote, options);
}

// Returns an error that names the guarantees that do not hold on this machine.
absl::Status CheckIsolation(const IsolationReport& report) {
  if (report.all_held()) return absl::OkStatus();
  std::vector<std::string> gaps;
  for (const GuaranteeReport& guarantee : report.guarantees)
    if (!guarantee.held()) gaps.push_back(absl::StrCat(guarantee.id, " has no holder"));
  for (const std::string& control : report.broken_controls)
    gaps.push_back(absl::StrCat("a guest cannot ", control));
  if (gaps.empty()) gaps.push_back("nothing was proved");
  return absl::FailedPreconditionError(absl::StrCat(
      "refusing to serve, since isolation does not hold here: ", absl::StrJoin(gaps, "; "),
      " (see carreld --self_test)"));
}

// Deletes all sessions while their callers are still connected, then ends the server.
void ShutDown(ListeningServer* listening, EventLoop* loop, SessionTable* table) {
  spdlog::info("shutting down");
  std::promise<void> empty;
  loop->Post([&] { table->Shutdown([&] { empty.set_value(); }); });
  if (empty.get_future().wait_for(kShutdownGrace * 2) != std::future_status::ready)
    spdlog::warn("not all sessions could be deleted in time");
  listening->held_thread.reset();
  listening->server->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  listening->server->Wait();
}

// Serves until a signal arrives.
int ServeUntilSignal(const ServerSettings& settings, const SessionIsolation& isolation,
                     const IsolationReport& report, EventLoop* loop, asio::thread_pool* pool,
                     std::vector<ServedImage> images, const sigset_t& signals) {
  const int64_t all_histories = settings.max_history_memory_bytes;
  MemoryExecutionStore executions(settings.max_history_length, kMaxHistoryBytes,
                                  all_histories > 0 ? all_histories : HistoryShare());
  MemorySessionStore sessions;
  FreedMemory freed(loop, pool, [&executions] { return executions.CountMemory(); });
  SessionTable table(loop, pool, &executions, &sessions, &settings, isolation, std::move(images));
  CodeInterpreterService service(loop, pool, &table, settings, report);
  absl::StatusOr<ListeningServer> listening = StartServer(settings.listen, &service);
  if (!listening.ok()) return Refuse(listening.status());
  loop->Post([&table, &freed] {
    table.StartExpiry();
    table.StartWarming();
    freed.Start();
  });
  printf("carreld %s listening on %s\n", CARREL_VERSION,
         absl::StrJoin(listening->addresses, ", ").c_str());
  fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  ShutDown(&*listening, loop, &table);
  pool->join();
  loop->Stop();
  return 0;
}

int Serve(const CommandLine& command_line) {
  absl::StatusOr<ServerSettings> settings = LoadServerSettings(command_line.config);
  if (!settings.ok()) return Refuse(settings.status());
  absl::StatusOr<IsolationMode> isolation_mode = FindIsolationMode();
  if (!isolation_mode.ok()) return Refuse(isolation_mode.status());
  if (absl::Status status = CheckImagesAreNotOurs(*settings, *isolation_mode); !status.ok())
    return Refuse(status);
  absl::StatusOr<DataDirectory> data = DataDirectory::Claim(settings->data_directory);
  if (!data.ok()) return Refuse(data.status());
  absl::StatusOr<std::string> zygote_binary = FindInstalled("carrel-zygote");
  if (!zygote_binary.ok()) return Refuse(zygote_binary.status());
  absl::StatusOr<std::string> guest_library = "";
  if (!HasOwnNamespaces(*isolation_mode)) guest_library = FindInstalled("libcarrel-guest.so");
  if (!guest_library.ok()) return Refuse(guest_library.status());

  SessionIsolation isolation{*isolation_mode};
  absl::StatusOr<std::unique_ptr<Cgroups>> cgroups =
      ClaimCgroups(data->sessions_directory(), &isolation);
  if (!cgroups.ok()) return Refuse(cgroups.status());
  // WARNING: no thread may exist before this line has run, nor any signal blocked.
  absl::StatusOr<std::unique_ptr<Launcher>> launcher =
      Launcher::Start(*zygote_binary, *guest_library, isolation.cgroups);
  if (!launcher.ok() && isolation.cgroups != nullptr) isolation.cgroups->Dismantle();
  if (!launcher.ok()) return Refuse(launcher.status());

  RaiseFileLimit(*settings);  // For this process, not for zygotes.
  if (absl::Status raised = RaiseOwnShare(); !raised.ok())
    spdlog::info("carreld has no larger share of the CPUs than sessions have: {}",
                 std::string(raised.message()));
  const sigset_t signals = BlockSignals();  // Threads inherit the mask.
  EventLoop loop;
  asio::thread_pool pool(kPoolThreads);
  SamplingThreads samplers;
  std::vector<std::unique_ptr<Zygote>> zygotes;
  // The loop must not run any more when zygotes are destroyed.
  const absl::Cleanup stop = [&pool, &loop] {
    pool.join();
    loop.Stop();
  };
  absl::Status started =
      StartZygotes(*settings, *data, isolation, &loop, &pool, &samplers, launcher->get(), &zygotes);
  if (!started.ok()) return Refuse(started);
  std::vector<ServedImage> images;
  for (size_t i = 0; i < zygotes.size(); ++i)
    images.push_back(ServedImage{&settings->images[i], zygotes[i].get()});
  absl::StatusOr<IsolationReport> report =
      TestIsolation(*settings, *data, isolation, &loop, images);
  if (!report.ok()) return Refuse(report.status());
  if (command_line.self_test) {
    fputs(FormatIsolationReport(*report).c_str(), stdout);
    return report->all_held() ? 0 : 1;
  }
  if (absl::Status status = CheckIsolation(*report); !status.ok()) return Refuse(status);
  return ServeUntilSignal(*settings, isolation, *report, &loop, &pool, std::move(images), signals);
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  // Debian's Abseil checks for deadlocks each time that a lock is taken, also for gRPC's locks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  google::protobuf::SetLogHandler(nullptr);  // Callers get the parse errors.
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "carreld", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  absl::StatusOr<carrel::CommandLine> command_line = carrel::ParseCommandLine(argc, argv);
  if (!command_line.ok()) {
    fprintf(stderr, "carreld: %s\n", std::string(command_line.status().message()).c_str());
    return 2;
  }
  if (!command_line->answer.empty()) {
    fputs(command_line->answer.c_str(), stdout);
    return 0;
  }
  if (!command_line->check_health.empty()) {
    absl::Status healthy = carrel::CheckHealth(command_line->check_health);
    return healthy.ok() ? 0 : carrel::Refuse(healthy);
  }
  return carrel::Serve(*command_line);
}
