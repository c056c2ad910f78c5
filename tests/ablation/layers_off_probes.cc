#include "tests/ablation/layers_off_probes.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "sandbox/processes/process_tree.h"
#include "tests/ablation/layers_off_machine.h"

namespace carrel {
namespace {

constexpr absl::Duration kLong = absl::Seconds(90);

constexpr char kPrelude[] =
    "import errno, os\n"
    "def attempt(function, *arguments):\n"
    "    try:\n"
    "        function(*arguments)\n"
    "    except OSError as error:\n"
    "        return errno.errorcode[error.errno]\n"
    "    return 'done'\n";

std::string EndOf(const SelfTestSession::Result& result) {
  const Outcome& outcome = result.outcome;
  if (outcome.status == Outcome::Status::kDied && outcome.death.killed_by_host)
    return absl::StrCat(StopReasonName(outcome.death.reason), ", killed");
  if (outcome.interrupted) return StopReasonName(outcome.interrupt_reason);
  return outcome.status == Outcome::Status::kOk
             ? std::string(absl::StripAsciiWhitespace(result.output))
             : result.error;
}

std::string RunCell(LayerMask off, const std::string& code) {
  LayersOffMachine machine(off);
  auto session = machine.OpenSession();
  if (!session.ok()) return NotStarted(session.status());
  return EndOf((*session)->Run(absl::StrCat(kPrelude, code), kLong));
}

// A waiting process of the sessions' user, outside of all sessions.
class Victim {
 public:
  Victim() {
    const uint32_t uid = LayersOffHost::Get().first_uid();
    pid_ = fork();
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) _exit(1);
    for (;;) pause();
  }
  ~Victim() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  // Returns the pid once the process has that user id.
  pid_t pid() const {
    while (UserOf(pid_) != LayersOffHost::Get().first_uid()) absl::SleepFor(absl::Milliseconds(5));
    return pid_;
  }

 private:
  pid_t pid_;
};

std::string OwnNamespace(const char* kind) {
  char target[PATH_MAX];
  const ssize_t n = readlink(absl::StrCat("/proc/self/ns/", kind).c_str(), target, sizeof(target));
  return std::string(target, n < 0 ? 0 : static_cast<size_t>(n));
}

using Status = std::map<std::string, std::string>;

Status StatusOf(pid_t pid) {
  Status status;
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    status[std::string(field.first)] = std::string(absl::StripAsciiWhitespace(field.second));
  }
  return status;
}

Look OfSupervisor(std::function<std::string(const Status&)> describe) {
  return [describe = std::move(describe)](LayerMask off, bool) {
    LayersOffMachine machine(off);
    auto session = machine.OpenSession();
    if (!session.ok()) return NotStarted(session.status());
    // The supervisor answers this call, so it has dropped its rights by then.
    (*session)->Run("import socket\ntry: socket.socket()\nexcept OSError: pass", kLong);
    return describe(StatusOf((*session)->pid()));
  };
}

}  // namespace

Look SeeSelfTest() {
  return [](LayerMask off, bool) {
    LayersOffMachine machine(off);
    absl::StatusOr<IsolationReport> report = machine.RunSelfTest();
    if (!report.ok()) return NotStarted(report.status());
    std::set<std::string> missed(report->broken_controls.begin(), report->broken_controls.end());
    std::vector<std::string> open;
    for (const GuaranteeReport& guarantee : report->guarantees) {
      if (!guarantee.held()) open.push_back(guarantee.id);
      for (const HolderReport& holder : guarantee.holders)
        if (holder.counted && !holder.proved)
          missed.insert(absl::StrCat(guarantee.id, " ", holder.mechanism));
    }
    // The self-test never counts this mechanism.
    if (LayersOffHost::Get().isolation_mode() == IsolationMode::kNative)
      missed.erase("G3 Landlock scopes");
    return absl::StrCat(absl::StrJoin(missed, ", "),
                        open.empty() ? "" : "; open: ", absl::StrJoin(open, " "));
  };
}

Look SeeCell(std::string code) {
  return [code = std::move(code)](LayerMask off, bool) {
    return RunCell(off,
                   absl::StrReplaceAll(code, {{"{server}", absl::StrCat(getpid())},
                                              {"{cgroup namespace}", OwnNamespace("cgroup")}}));
  };
}

Look SeeCellBesideVictim(std::string code) {
  return [code = std::move(code)](LayerMask off, bool) {
    const Victim victim;
    return RunCell(off, absl::StrReplaceAll(code, {{"{victim}", absl::StrCat(victim.pid())}}));
  };
}

Look SeeEndlessCell(bool ignores_sigint) {
  return [ignores_sigint](LayerMask off, bool patient) {
    LayersOffMachine machine(off);
    auto session = machine.OpenSession();
    if (!session.ok()) return NotStarted(session.status());
    // Each cell begins with Python's own handler, so the cell itself has to ignore SIGINT, and gets
    // the time for it.
    const std::string code =
        absl::StrCat("import signal, time\n",
                     ignores_sigint ? "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" : "",
                     "end = time.monotonic() + ", patient ? 80 : 4,
                     "\nwhile time.monotonic() < end: pass\nprint('goes on')");
    return EndOf((*session)->Run(code, absl::Milliseconds(ignores_sigint ? 1000 : 200)));
  };
}

Look SeeBusyCell() {
  return [](LayerMask off, bool patient) {
    LayersOffMachine machine(off);
    auto session = machine.OpenSession();
    if (!session.ok()) return NotStarted(session.status());
    const std::string code = absl::StrCat("import time\nwhile time.process_time() < ",
                                          patient ? 60 : 3, ": pass\nprint('goes on')");
    return EndOf((*session)->Run(code, kLong, absl::Milliseconds(200)));
  };
}

Look SeeLargeTree() {
  return [](LayerMask off, bool patient) {
    LayersOffMachine machine(off);
    auto session = machine.OpenSession();
    if (!session.ok()) return NotStarted(session.status());
    // Each process is within the limit of one process.
    const std::string code = absl::StrCat(
        "import os, signal, time\n"
        "pids = []\n"
        "for _ in range(6):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        hog = bytearray(b'x') * (48 << 20)\n"
        "        time.sleep(3600)\n"
        "    pids.append(pid)\n"
        "time.sleep(",
        patient ? 80 : 4,
        ")\n"
        "for pid in pids:\n"
        "    os.kill(pid, signal.SIGKILL)\n"
        "    os.waitpid(pid, 0)\n"
        "print('goes on')");
    return EndOf((*session)->Run(code, kLong));
  };
}

Look SeeSupervisorRights() {
  return OfSupervisor([](Status status) {
    const bool own = HasOwnNamespaces(LayersOffHost::Get().isolation_mode());
    std::vector<std::string> uids = absl::StrSplit(status["Uid"], '\t');
    uids.resize(4);
    const std::string guest = absl::StrCat(LayersOffHost::Get().first_uid());
    const bool good_user =
        own ? uids[0] == "0"
            : uids[0] != "0" && uids[0] != guest && uids[1] == guest && uids[2] == uids[0];
    uint64_t capabilities = 0, bounding = 0;
    if (!absl::SimpleHexAtoi(status["CapPrm"], &capabilities) ||
        !absl::SimpleHexAtoi(status["CapBnd"], &bounding))
      return std::string("no status");
    const uint64_t wanted = own ? 1U << 5 /* CAP_KILL */ : 0;
    return std::string(good_user && capabilities == wanted && bounding == 0 &&
                               status["NoNewPrivs"] == "1"
                           ? "few"
                           : "more");
  });
}

Look SeeSupervisorFilters() {
  return OfSupervisor([](Status status) {
    int all = 0, inherited = 0;
    if (!absl::SimpleAtoi(status["Seccomp_filters"], &all) ||
        !absl::SimpleAtoi(StatusOf(getpid())["Seccomp_filters"], &inherited))
      return std::string("no status");
    return absl::StrCat(all - inherited);
  });
}

Look SeeInterpreterWithoutSupervisor() {
  return [](LayerMask off, bool patient) {
    LayersOffMachine machine(off);
    auto session = machine.OpenSession();
    if (!session.ok()) return NotStarted(session.status());
    std::vector<pid_t> tree = ListTree((*session)->pid());
    if (tree.size() != 2) return std::string("no interpreter");
    std::thread cell([&] { (*session)->Run("import time\nwhile True: time.sleep(1)", kLong); });
    absl::SleepFor(absl::Milliseconds(200));
    kill(tree[0], SIGKILL);
    cell.join();
    for (int i = 0; i < (patient ? 6000 : 100) && IsRunning(tree[1]); ++i)
      absl::SleepFor(absl::Milliseconds(10));
    const bool lives = IsRunning(tree[1]);
    if (lives) kill(tree[1], SIGKILL);
    return std::string(lives ? "lives" : "dies");
  };
}

}  // namespace carrel
