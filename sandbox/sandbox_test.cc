// The sandbox as its callers see it: a real launcher, zygote and children, with
// the `minimal` image. Needs root and `./dev setup`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "sandbox/files/workspace.h"
#include "sandbox/interpreter.h"
#include "sandbox/processes/process_tree.h"
#include "sandbox/self_test/self_test.h"
#include "sandbox/self_test/self_test_session.h"
#include "sandbox/spawn/launcher.h"
#include "sandbox/spawn/zygote.h"

namespace carrel {
namespace {

using ::testing::HasSubstr;
using Status = Outcome::Status;

constexpr uint32_t kFirstUid = 690000;

// Returns the factor by which time limits of tests are stretched, as in tests/support.py.
double Slowness() {
  const char* factor = getenv("CARREL_TEST_SLOWNESS");
  return factor ? atof(factor) : 1;
}

// The launcher, loop and zygote that all tests of this program share.
class Machine {
 public:
  Machine() {
    char pattern[] = "/tmp/carrel-sandbox-test-XXXXXX";
    sessions_ = mkdtemp(pattern);
    chmod(sessions_.c_str(), 0711);
    // Cgroups are used where they are available.
    auto cgroups = Cgroups::Claim(sessions_);
    if (cgroups.ok()) cgroups_ = *std::move(cgroups);
    auto launcher = Launcher::Start(CARREL_ZYGOTE_BINARY, "", cgroups_.get());
    if (!launcher.ok()) Abort(launcher.status());
    launcher_ = *std::move(launcher);
    loop_ = std::make_unique<EventLoop>();
    const char* state = getenv("CARREL_STATE_DIR");
    ZygoteSpec spec;
    spec.name = "minimal";
    spec.environment = std::string(state ? state : CARREL_DEFAULT_STATE_DIR) + "/images/minimal";
    spec.sessions_directory = sessions_;
    spec.cgroups = cgroups_.get();
    auto zygote = Zygote::Start(loop_.get(), &pool_, &samplers_, launcher_.get(), spec);
    if (!zygote.ok()) Abort(zygote.status());
    zygote_ = *std::move(zygote);
  }

  ~Machine() {
    pool_.join();
    loop_->Stop();
    zygote_.reset();
    std::filesystem::remove_all(sessions_);
  }

  std::unique_ptr<SelfTestSession> Open(SandboxLimits limits) {
    std::string name = "s" + std::to_string(next_);
    uint32_t uid = kFirstUid + next_++;
    auto workspace = Workspace::Create(sessions_ + "/" + name, {uid, uid}, {});
    if (!workspace.ok()) Abort(workspace.status());
    SpawnOptions options;
    options.workspace = name + "/files";
    options.uid = uid;
    options.limits = limits;
    options.interrupt_grace_period = absl::Seconds(1) * Slowness();
    options.environment = {{"GREETING", "hello"}};
    auto session = SelfTestSession::Open(loop_.get(), zygote_.get(), options);
    if (!session.ok()) Abort(session.status());
    return *std::move(session);
  }

  EventLoop* loop() { return loop_.get(); }
  Zygote* zygote() { return zygote_.get(); }
  const std::string& sessions() const { return sessions_; }
  Cgroups* cgroups() { return cgroups_.get(); }

 private:
  [[noreturn]] static void Abort(const absl::Status& status) {
    fprintf(stderr, "sandbox_test: %s\n", status.ToString().c_str());
    exit(1);
  }

  std::string sessions_;
  uint32_t next_ = 0;
  std::unique_ptr<Cgroups> cgroups_;
  std::unique_ptr<Launcher> launcher_;
  std::unique_ptr<EventLoop> loop_;
  asio::thread_pool pool_{2};
  SamplingThreads samplers_;
  std::unique_ptr<Zygote> zygote_;
};

Machine* machine = nullptr;

SandboxLimits Limits() {
  SandboxLimits limits;
  limits.memory_bytes = 256 << 20;
  limits.process_count = 32;
  limits.cpu_count = 1;
  limits.workspace_bytes = 64 << 20;
  limits.workspace_file_count = 1000;
  limits.temporary_bytes = 16 << 20;
  limits.open_file_count = 128;
  return limits;
}

class SandboxTest : public testing::Test {
 protected:
  SelfTestSession::Result Run(const std::string& code, absl::Duration timeout = absl::Minutes(1)) {
    return session_->Run(code, timeout);
  }
  std::unique_ptr<SelfTestSession> session_ = machine->Open(Limits());
};

TEST_F(SandboxTest, PrintsAndKeepsVariables) {
  EXPECT_EQ(Run("x = 41\nprint('first')").output, "first\n");
  EXPECT_EQ(Run("print(x + 1)").output, "42\n");
}

TEST_F(SandboxTest, OutputOfSubprocessesAndCKeepsItsPlace) {
  auto result =
      Run("import os, ctypes\n"
          "libc = ctypes.CDLL(None)\n"
          "for i in range(20):\n"
          "    print('p', i)\n"
          "    os.system(f'echo s {i}')\n"
          "    libc.puts(b'c %d' % i)\n"
          "    !echo b {i}");
  std::string expected;
  for (int i = 0; i < 20; ++i)
    for (const char* who : {"p ", "s ", "c ", "b "}) expected += who + std::to_string(i) + "\n";
  EXPECT_EQ(result.output, expected) << result.error;
}

TEST_F(SandboxTest, OrderIsKeptHoweverFastTheyAlternate) {
  auto result =
      Run("import ctypes, os\n"
          "libc = ctypes.CDLL(None)\n"
          "for i in range(2000):\n"
          "    print('p')\n"
          "    libc.puts(b'c')\n"
          "    os.write(1, b'w\\n')");
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += "p\nc\nw\n";
  EXPECT_EQ(result.output, expected);
}

TEST_F(SandboxTest, BackgroundChatterSlowsNoPrintForLong) {
  // The chatter may delay prints by 50 ms once a second: otherwise 500 prints would take 25 s and
  // time out.
  auto result =
      Run("import subprocess\n"
          "noise = subprocess.Popen('yes >&2', shell=True)\n"
          "for i in range(500): print('p')\n"
          "noise.kill()\n"
          "import os; os.system('pkill yes')",
          absl::Minutes(1));
  EXPECT_EQ(result.outcome.status, Status::kOk) << result.error;
}

TEST_F(SandboxTest, ExceptionEndsTheCellNotTheInterpreter) {
  auto result = Run("x = 1\n1/0");
  EXPECT_EQ(result.outcome.status, Status::kException);
  EXPECT_EQ(result.error, "ZeroDivisionError: division by zero");
  EXPECT_EQ(Run("print(x)").output, "1\n");
}

TEST_F(SandboxTest, SyntaxErrorIsToldApart) {
  EXPECT_EQ(Run("def f(:").outcome.status, Status::kSyntaxError);
}

TEST_F(SandboxTest, SystemExitKeepsVariables) {
  auto result = Run("y = 5\nimport sys; sys.exit(3)");
  EXPECT_EQ(result.outcome.status, Status::kSystemExit);
  EXPECT_EQ(result.outcome.exit_code, 3);
  EXPECT_EQ(Run("print(y)").output, "5\n");
}

TEST_F(SandboxTest, LastWordsOfAnInterpreterThatExitsAreHeard) {
  auto result = Run("import os\nprint('last words')\nos._exit(7)");
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_EQ(result.outcome.death.exit_code, 7);
  EXPECT_FALSE(result.outcome.death.killed_by_host);
  EXPECT_EQ(result.output, "last words\n");
}

TEST_F(SandboxTest, DeathIsSeenBeforeTheLoopIsToldOfIt) {
  std::promise<void> done;
  machine->loop()->Post([&] {
    Interpreter* sandbox = session_->sandbox();
    EXPECT_TRUE(sandbox->IsConnected());
    kill(sandbox->pid(), SIGKILL);
    while (IsRunning(sandbox->pid())) absl::SleepFor(absl::Milliseconds(1));
    EXPECT_TRUE(sandbox->alive()) << "the loop, which is here, was told nevertheless";
    EXPECT_FALSE(sandbox->IsConnected());
    done.set_value();
  });
  done.get_future().wait();
}

TEST_F(SandboxTest, CrashIsToldWithItsSignal) {
  auto result = Run("import ctypes\nctypes.string_at(0)");
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_EQ(result.outcome.death.signal, SIGSEGV);
  EXPECT_EQ(result.error, "The interpreter crashed: it was killed by SIGSEGV.");
}

TEST_F(SandboxTest, TimeoutInterruptsAndVariablesSurvive) {
  auto result = Run("x = 9\nwhile True: pass", absl::Milliseconds(100));
  EXPECT_EQ(result.outcome.status, Status::kException);
  EXPECT_TRUE(result.outcome.interrupted);
  EXPECT_THAT(result.error, HasSubstr("KeyboardInterrupt"));
  EXPECT_EQ(Run("print(x)").output, "9\n");
}

TEST_F(SandboxTest, CellThatIgnoresInterruptsIsKilled) {
  auto result =
      Run("import signal\n"
          "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
          "while True: pass",
          absl::Milliseconds(100));
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_TRUE(result.outcome.death.killed_by_host);
  EXPECT_EQ(result.outcome.death.reason, StopReason::kTimeout);
}

TEST_F(SandboxTest, TooMuchMemoryIsAMemoryError) {
  auto result = Run("x = 3\ny = bytearray(400 << 20)");
  EXPECT_THAT(result.error, HasSubstr("MemoryError"));
  EXPECT_EQ(Run("print(x)").output, "3\n");
}

TEST_F(SandboxTest, EscapeClassCallKillsWithSigsys) {
  auto result = Run("import ctypes\nctypes.CDLL(None).mount(0, 0, 0, 0, 0)");
  EXPECT_EQ(result.outcome.death.signal, SIGSYS);
}

TEST_F(SandboxTest, ForgedFramesEndOnlyThatSession) {
  auto neighbour = machine->Open(Limits());
  auto result =
      Run("import os\nos.write(3, b'\\xff\\xff\\xff\\x7f' + b'x' * 100)\nwhile True: pass");
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_EQ(result.outcome.death.reason, StopReason::kProtocolViolation);
  EXPECT_EQ(neighbour->Run("print(1)", absl::Minutes(1)).output, "1\n");
}

TEST_F(SandboxTest, FramesOfAnotherCellAreAViolation) {
  // This is GuestFrame{cell: 9, done: {}} with its length.
  auto result =
      Run("import os\nos.write(3, b'\\x04\\0\\0\\0\\x08\\x09\\x3a\\x00')\nwhile True: pass");
  EXPECT_EQ(result.outcome.death.reason, StopReason::kProtocolViolation);
}

TEST_F(SandboxTest, ClosingTheFrameSocketIsAViolation) {
  auto result = Run("import os\nos.close(3)\nwhile True: pass");
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_EQ(result.outcome.death.reason, StopReason::kProtocolViolation)
      << result.outcome.death.message;
}

// The guest reports that its cell has ended, continues to run, and reads nothing more.
TEST_F(SandboxTest, AGuestThatIgnoresItsNextCellCostsNoCpu) {
  auto first =
      Run("import os, socket, struct, time\n"
          "host = socket.socket(fileno=3)\n"
          "host.shutdown(socket.SHUT_RD)\n"
          "def tell(frame): host.sendall(struct.pack('<I', len(frame)) + frame)\n"
          "tell(bytes([8, 1, 58, 0]))\n"  // GuestFrame: cell 1, done.
          "while True:\n"
          "  try:\n"
          "    time.sleep(0.1)\n"
          "    tell(bytes([8, 1, 74, 0]))\n"  // Output is ready.
          "  except BaseException: pass\n");
  ASSERT_EQ(first.outcome.status, Status::kOk);
  const clock_t start = clock();
  const absl::Time wall_start = absl::Now();
  auto second = Run(std::string(1 << 20, '#'), absl::Seconds(2) * Slowness());
  EXPECT_EQ(second.outcome.status, Status::kDied);
  EXPECT_EQ(second.outcome.death.reason, StopReason::kTimeout);
  const double cpu_seconds = static_cast<double>(clock() - start) / CLOCKS_PER_SEC;
  EXPECT_LT(cpu_seconds, absl::ToDoubleSeconds(absl::Now() - wall_start) / 2)
      << "of this process: the loop is spinning";
}

TEST_F(SandboxTest, EnvironmentIsTheSessionsOwn) {
  auto result = Run("import os\nprint(os.environ['GREETING'], os.getcwd(), os.environ['HOME'])");
  EXPECT_EQ(result.output, "hello /mnt/data /mnt/data\n");
}

TEST_F(SandboxTest, OnlyTheExpectedDescriptorsAreOpen) {
  auto result = Run("import os\nprint(sorted(int(f) for f in os.listdir('/proc/self/fd')))");
  // Descriptor 4 is the listed directory's; 8 watches the pipes (child/confine/session_plan.h).
  EXPECT_EQ(result.output, "[0, 1, 2, 3, 4, 8]\n");
}

TEST_F(SandboxTest, ForksPrintToThePipesAndDoNotGarbleFrames) {
  auto result =
      Run("import os\n"
          "for i in range(4):\n"
          "    if os.fork() == 0:\n"
          "        print('child')\n"
          "        os._exit(0)\n"
          "while True:\n"
          "    try: os.wait()\n"
          "    except ChildProcessError: break\n"
          "print('parent')");
  EXPECT_EQ(result.output, "child\nchild\nchild\nchild\nparent\n");
}

TEST_F(SandboxTest, UsageIsMeasured) {
  auto result = Run("x = bytearray(b'x') * (32 << 20)\nfor i in range(2_000_000): pass");
  EXPECT_GT(result.outcome.usage.cpu, absl::ZeroDuration());
  EXPECT_GT(result.outcome.usage.wall, absl::ZeroDuration());
  EXPECT_GT(result.outcome.usage.peak_memory_bytes, 32 << 20);
}

TEST_F(SandboxTest, UsageOfACellThatDiesIsMeasuredToo) {
  auto result = Run(
      "import os\nx = bytearray(b'x') * (32 << 20)\nfor i in range(2_000_000): pass\nos._exit(1)");
  EXPECT_EQ(result.outcome.status, Status::kDied);
  EXPECT_GT(result.outcome.usage.cpu, absl::ZeroDuration());
  EXPECT_GT(result.outcome.usage.peak_memory_bytes, 32 << 20);
}

TEST(SelfTest, EveryGuaranteeIsHeldAndEveryHolderButScopesProved) {
  SelfTestOptions options;
  options.sessions_directory = machine->sessions();
  options.first_uid = kFirstUid + 1000;
  options.cgroups = machine->cgroups();
  auto report = RunSelfTest(machine->loop(), machine->zygote(), options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->all_held()) << FormatIsolationReport(*report);
  for (const GuaranteeReport& guarantee : report->guarantees)
    for (const HolderReport& holder : guarantee.holders)
      EXPECT_TRUE(holder.proved || !holder.counted || holder.mechanism == "Landlock scopes")
          << guarantee.id << " " << holder.mechanism << ": " << holder.evidence;
}

}  // namespace
}  // namespace carrel

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  carrel::Machine machine;
  carrel::machine = &machine;
  return RUN_ALL_TESTS();
}
