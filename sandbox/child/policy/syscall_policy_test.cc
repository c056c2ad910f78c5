// Evaluates the compiled filter, instruction by instruction, over every system
// call number and architecture, against the table.
#include "sandbox/child/policy/syscall_policy.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <map>
#include <set>
#include <string>

#include "sandbox/child/supervisor/seccomp_notification_handler.h"
#include "sandbox/child/supervisor/supervisor.h"

namespace carrel::child {
namespace {

// Evaluates a program on a classic BPF machine, as far as seccomp allows it
// (Documentation/networking/filter.rst of the kernel). It is slow and simple: the tests compare its
// result with the oracle's.
uint32_t Evaluate(const std::vector<sock_filter>& program, const seccomp_data& data) {
  uint32_t accumulator = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& op = program[at];
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        EXPECT_LE(op.k + 4, sizeof(data));
        memcpy(&accumulator, reinterpret_cast<const char*>(&data) + op.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= op.k;
        break;
      case BPF_JMP | BPF_JA:
        at += op.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == op.k ? op.jt : op.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += accumulator > op.k ? op.jt : op.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= op.k ? op.jt : op.jf;
        break;
      case BPF_RET | BPF_K:
        return op.k;
      default:
        ADD_FAILURE() << "unknown instruction " << op.code;
        return SECCOMP_RET_KILL_PROCESS;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return SECCOMP_RET_KILL_PROCESS;
}

constexpr PolicyTraits kNative{true, true};
constexpr PolicyTraits kContainer{false, true};
constexpr PolicyTraits kRestricted{false, false};
constexpr PolicyTraits kAllTraits[] = {kNative, kContainer, kRestricted};

std::vector<sock_filter> Program(const PolicyTraits& traits = kNative) {
  std::string error;
  std::vector<sock_filter> program =
      CompileSyscallPolicy(SyscallPolicy(traits), Default::kRefuse, &error);
  EXPECT_EQ(error, "");
  EXPECT_FALSE(program.empty());
  return program;
}

uint32_t Call(const std::vector<sock_filter>& program, int number,
              std::vector<uint64_t> arguments = {}, uint32_t arch = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = number;
  data.arch = arch;
  for (size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  return Evaluate(program, data);
}

int Number(const char* name) { return seccomp_syscall_resolve_name(name); }

uint32_t Errno(int error) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error); }

// The action for calls that the supervisor answers: where no call is counted, it refuses them.
constexpr uint32_t kAsked = SECCOMP_RET_USER_NOTIF;

// Returns the errno with which the supervisor would refuse a call; 0 if it would count the call.
int Refusal(int number, std::vector<uint64_t> arguments = {},
            const PolicyTraits& traits = kNative) {
  seccomp_data data{};
  data.nr = number;
  for (size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  const std::vector<NotificationRow> rows = NotificationRows(SyscallPolicy(traits));
  SeccompNotificationHandler::Answer answer = SeccompNotificationHandler(rows).Judge(data);
  return answer.counted ? 0 : answer.error;
}

// Returns the action for a call, read row by row from the table.
uint32_t Oracle(const std::multimap<int, const SyscallRule*>& rows, const seccomp_data& data) {
  auto [begin, end] = rows.equal_range(data.nr);
  for (auto row = begin; row != end; ++row) {
    const SyscallRule& rule = *row->second;
    if (!rule.first.Holds(data) || !rule.second.Holds(data)) continue;
    if (rule.verdict == Verdict::kAllow) return SECCOMP_RET_ALLOW;
    if (rule.verdict == Verdict::kKill) return SECCOMP_RET_KILL_PROCESS;
    if (rule.verdict == Verdict::kIgnore) return Errno(0);
    return rule.verdict == Verdict::kErrno ? Errno(rule.error) : kAsked;
  }
  if (data.nr >= kFirstUnnamedSyscall && data.nr <= kLastProbedSyscall) return Errno(ENOSYS);
  return kAsked;
}

std::multimap<int, const SyscallRule*> RowsByNumber(const std::vector<SyscallRule>& table) {
  std::multimap<int, const SyscallRule*> rows;
  for (const SyscallRule& rule : table)
    if (int number = Number(rule.name.c_str()); number >= 0) rows.emplace(number, &rule);
  return rows;
}

class InEveryMode : public testing::TestWithParam<PolicyTraits> {};
INSTANTIATE_TEST_SUITE_P(SyscallPolicy, InEveryMode, testing::ValuesIn(kAllTraits));

TEST_P(InEveryMode, CompiledFilterAgreesWithTheTableOnEveryNumber) {
  const PolicyTraits& traits = GetParam();
  std::vector<sock_filter> program = Program(traits);
  const std::vector<SyscallRule> table = SyscallPolicy(traits);
  auto rows = RowsByNumber(table);
  // Values that rules compare with, their neighbours, and the same with high bits set.
  std::set<uint64_t> values = {0, 1, 2, 5, 10, 16, 0xf, ~0ULL, 0xffffffff, 1ULL << 32, 0x80000000};
  for (const SyscallRule& rule : table)
    for (const ArgumentTest* test : {&rule.first, &rule.second})
      if (test->index >= 0)
        for (uint64_t value :
             std::vector<uint64_t>{test->expected, test->expected + 1, test->expected | test->mask,
                                   test->expected | (1ULL << 40)})
          values.insert(value);
  for (int number = 0; number < 1024; ++number) {
    bool conditional = false;
    auto [begin, end] = rows.equal_range(number);
    for (auto row = begin; row != end; ++row) conditional |= row->second->first.index >= 0;
    for (uint64_t first : values) {
      for (uint64_t second : conditional ? values : std::set<uint64_t>{0}) {
        seccomp_data data{};
        data.nr = number;
        data.arch = AUDIT_ARCH_X86_64;
        data.args[0] = first;
        data.args[1] = second;
        data.args[2] = first;
        data.args[4] = second;
        ASSERT_EQ(Evaluate(program, data), Oracle(rows, data))
            << "call " << number << " with " << first << ", " << second;
      }
    }
  }
}

TEST_P(InEveryMode, SecondAbisAreKilledWhateverTheNumber) {
  std::vector<sock_filter> program = Program(GetParam());
  for (int number = 0; number < 1024; ++number) {
    for (uint32_t arch : std::vector<uint32_t>{AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0}) {
      ASSERT_EQ(Call(program, number, {}, arch), SECCOMP_RET_KILL_PROCESS) << number;
    }
    // x32 has the same architecture and another number space.
    ASSERT_EQ(Call(program, number | 0x40000000), SECCOMP_RET_KILL_PROCESS) << number;
  }
}

TEST_P(InEveryMode, NoRefusalLooksLikeSuccess) {
  std::vector<sock_filter> program = Program(GetParam());
  for (int number = 0; number < 2048; ++number) {
    uint32_t answer = Call(program, number, {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL});
    EXPECT_TRUE(answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_KILL_PROCESS ||
                answer == kAsked ||
                ((answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO &&
                 (answer & SECCOMP_RET_DATA) != 0))
        << number;
  }
}

TEST(SyscallPolicy, NewNamespacesAreRefusedInEveryCombination) {
  std::vector<sock_filter> program = Program();
  int clone = Number("clone");
  EXPECT_EQ(Call(program, clone, {SIGCHLD}), SECCOMP_RET_ALLOW);
  for (uint64_t flag :
       std::vector<uint64_t>{CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                             CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET})
    for (const PolicyTraits& traits : kAllTraits) {
      EXPECT_EQ(Call(Program(traits), clone, {flag | CLONE_VM | SIGCHLD}), kAsked) << flag;
      EXPECT_EQ(Refusal(clone, {flag | CLONE_VM | SIGCHLD}, traits), EPERM) << flag;
    }
  EXPECT_EQ(Call(program, Number("clone3")), Errno(ENOSYS));
  EXPECT_EQ(Call(program, Number("unshare"), {CLONE_NEWUSER}), kAsked);
  EXPECT_EQ(Call(program, Number("setns")), SECCOMP_RET_KILL_PROCESS);
}

TEST(SyscallPolicy, OnlyStreamSocketPairsAreToBeHad) {
  std::vector<sock_filter> program = Program();
  int pair = Number("socketpair");
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_SEQPACKET}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_DGRAM}), kAsked);
  EXPECT_EQ(Call(program, pair, {AF_INET, SOCK_STREAM}), kAsked);
  for (int family = 0; family < 64; ++family)
    EXPECT_EQ(Call(program, Number("socket"), {static_cast<uint64_t>(family), SOCK_STREAM}),
              kAsked);
  EXPECT_EQ(Refusal(Number("socket")), EACCES);
  EXPECT_EQ(Refusal(Number("connect")), EPERM);
  EXPECT_EQ(Call(program, Number("sendto"), {3, 0, 0, 0, 0x7fff0000}), kAsked);
  for (const char* name : {"bind", "connect", "listen", "accept", "accept4", "setsockopt"})
    EXPECT_EQ(Call(program, Number(name)), kAsked) << name;
}

TEST(SyscallPolicy, OnlyWishesThatChangeNothingAreIgnored) {
  constexpr int kLevels = 300, kOptions = 100;
  for (const PolicyTraits& traits : kAllTraits) {
    std::vector<sock_filter> program = Program(traits);
    for (uint64_t level = 0; level < kLevels; ++level)
      for (uint64_t option = 0; option < kOptions; ++option) {
        const bool size = level == SOL_SOCKET && (option == SO_SNDBUF || option == SO_RCVBUF);
        EXPECT_EQ(Call(program, Number("setsockopt"), {3, level, option, 0x7fff0000, 4}),
                  size ? Errno(0) : kAsked)
            << level << ", " << option;
      }
    for (uint64_t policy = 0; policy < 16; ++policy)
      for (uint64_t reset_on_fork : {0, 0x40000000})
        EXPECT_EQ(Call(program, Number("sched_setscheduler"), {0, policy | reset_on_fork}),
                  policy == 0 && reset_on_fork == 0 ? Errno(0) : kAsked)
            << policy;
    // No other row of the table may look like success.
    for (const SyscallRule& rule : SyscallPolicy(traits)) {
      const std::string name = rule.name;
      EXPECT_TRUE(rule.verdict != Verdict::kIgnore || name == "setsockopt" ||
                  name == "sched_setscheduler");
    }
  }
}

TEST(SyscallPolicy, WhatHonestProgramsTryIsRefusedAndWhatOnlyEscapesNeedKills) {
  for (const PolicyTraits& traits : kAllTraits) {
    std::vector<sock_filter> program = Program(traits);
    for (const char* name : {"ptrace", "perf_event_open"}) {
      EXPECT_EQ(Call(program, Number(name)), kAsked) << name;
      EXPECT_EQ(Refusal(Number(name), {}, traits), EPERM) << name;
    }
    for (const char* name : {"process_vm_readv", "process_vm_writev", "userfaultfd"})
      EXPECT_EQ(Call(program, Number(name)), Errno(EPERM)) << name;
    EXPECT_EQ(Call(program, Number("kcmp")), Errno(ENOSYS));
    for (const char* name : {"bpf", "pidfd_getfd", "mount", "setns", "init_module", "kexec_load",
                             "open_by_handle_at", "reboot"})
      EXPECT_EQ(Call(program, Number(name)), SECCOMP_RET_KILL_PROCESS) << name;
  }
}

TEST(SyscallPolicy, TerminalInjectionAndSecondFiltersAreRefused) {
  std::vector<sock_filter> program = Program();
  EXPECT_EQ(Call(program, Number("ioctl"), {0, 0x5412 /* TIOCSTI */}), kAsked);
  EXPECT_EQ(Call(program, Number("ioctl"), {0, 0x541c /* TIOCLINUX */}), kAsked);
  EXPECT_EQ(Call(program, Number("ioctl"), {0, (1ULL << 32) | 0x5412}), kAsked);
  EXPECT_EQ(Call(program, Number("seccomp")), kAsked);
  EXPECT_EQ(Call(program, Number("prctl"), {22 /* PR_SET_SECCOMP */}), kAsked);
  EXPECT_EQ(Call(program, Number("personality"), {0x0400000 /* READ_IMPLIES_EXEC */}), kAsked);
}

TEST(SyscallPolicy, WhereSessionsShareAUserNothingReachesOthersByPathOrPid) {
  std::vector<sock_filter> program = Program(kRestricted);
  for (const char* name : {"chmod", "fchmodat", "utime", "utimes", "futimesat"})
    EXPECT_EQ(Call(program, Number(name)), Errno(EPERM)) << name;
  EXPECT_EQ(Call(program, Number("utimensat"), {0, 0x7fff0000}), kAsked);
  EXPECT_EQ(Call(program, Number("utimensat"), {3, 0}), SECCOMP_RET_ALLOW);
  for (const char* name : {"fork", "vfork", "clone"}) {
    EXPECT_EQ(Call(program, Number(name)), kAsked) << name;
    EXPECT_EQ(Refusal(Number(name), {}, kRestricted), 0) << name << " is not counted";
  }
}

TEST(SyscallPolicy, WithoutANamespaceNobodyElsesPriorityOrLimitsCanBeSet) {
  for (const PolicyTraits& traits : {kContainer, kRestricted}) {
    std::vector<sock_filter> program = Program(traits);
    EXPECT_EQ(Call(program, Number("prlimit64"), {77}), kAsked);
    EXPECT_EQ(Call(program, Number("prlimit64"), {0}), SECCOMP_RET_ALLOW);
    EXPECT_EQ(Call(program, Number("setpriority"), {2 /* PRIO_USER */, 0}), kAsked);
    EXPECT_EQ(Call(program, Number("setpriority"), {0, 77}), kAsked);
    EXPECT_EQ(Call(program, Number("setpriority"), {0, 0}), SECCOMP_RET_ALLOW);
  }
}

TEST(SyscallPolicy, TheSecondStageRefusesOnlyDescriptorsInFlightAndFurtherFilters) {
  std::string error;
  std::vector<sock_filter> program =
      CompileSyscallPolicy(SecondStageSyscalls(), Default::kAllow, &error);
  EXPECT_EQ(error, "");
  for (int number = 0; number < kFirstUnnamedSyscall; ++number) {
    bool sealed = number == Number("sendmsg") || number == Number("seccomp");
    EXPECT_EQ(Call(program, number), sealed ? Errno(EPERM) : SECCOMP_RET_ALLOW) << number;
  }
  // The first filter allows a further filter, but no second listener.
  EXPECT_EQ(Call(Program(kRestricted), Number("seccomp"), {1, 8 /* NEW_LISTENER */}), kAsked);
  EXPECT_EQ(Refusal(Number("seccomp"), {1, 8}, kRestricted), EPERM);
}

TEST(SyscallPolicy, WithoutANamespaceNoOtherProcessCanBeWatched) {
  for (const PolicyTraits& traits : {kContainer, kRestricted})
    for (const char* name : {"pidfd_open", "pidfd_send_signal"})
      EXPECT_EQ(Call(Program(traits), Number(name)), kAsked) << name;
}

TEST(SyscallPolicy, NothingTellsOfFilesThatOthersOpenOrHoldsThemUp) {
  for (const PolicyTraits& traits : kAllTraits) {
    const std::vector<sock_filter> program = Program(traits);
    for (const char* name :
         {"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"})
      EXPECT_EQ(Call(program, Number(name)), Errno(ENOSYS)) << name;
    for (const char* name : {"fanotify_init", "fanotify_mark"})
      EXPECT_EQ(Call(program, Number(name)), kAsked) << name;
    // The kernel reads the command as an int.
    for (uint64_t more : {0ULL, 1ULL << 32, 0xffffffffULL << 32})
      for (uint64_t command = 0; command < 4096; ++command) {
        const bool is_of_descriptors = command < 1024 || command == 1027 || command == 1028 ||
                                       (command >= 1030 && command <= 1032);
        EXPECT_EQ(Call(program, Number("fcntl"), {0, more | command}),
                  is_of_descriptors ? SECCOMP_RET_ALLOW : kAsked)
            << command;
      }
    EXPECT_EQ(Call(program, Number("fcntl"), {0, 1ULL << 31}), kAsked);
  }
}

TEST(SyscallPolicy, MemoryThatCannotBeCountedIsNotMapped) {
  constexpr uint64_t kPrivate = 2, kShared = 1, kValidated = 3, kAnonymous = 0x20, kHuge = 0x40000;
  for (const PolicyTraits& traits : kAllTraits) {
    const std::vector<sock_filter> program = Program(traits);
    const auto map = [&](uint64_t flags) {
      return Call(program, Number("mmap"), {0, 0, 0, flags});
    };
    for (uint64_t flags : {kPrivate, kPrivate | kAnonymous, kShared, kValidated, uint64_t{0x20022}})
      EXPECT_EQ(map(flags), SECCOMP_RET_ALLOW) << flags;
    for (uint64_t kind : {kPrivate, kShared, kValidated})
      for (uint64_t anonymous : {uint64_t{0}, kAnonymous})
        EXPECT_EQ(map(kind | anonymous | kHuge), kAsked) << kind << anonymous;
    for (uint64_t kind : {kShared, kValidated})
      EXPECT_EQ(map(kind | kAnonymous), traits.own_namespaces ? SECCOMP_RET_ALLOW : Errno(EPERM));
  }
}

TEST(SyscallPolicy, EveryRowHasAKnownNameAndAReason) {
  for (const PolicyTraits& traits : kAllTraits)
    for (const std::vector<SyscallRule>& table :
         {SyscallPolicy(traits), SupervisorSyscalls(traits)})
      for (const SyscallRule& rule : table) {
        EXPECT_NE(Number(rule.name.c_str()), __NR_SCMP_ERROR) << rule.name;
        EXPECT_GT(strlen(rule.reason), 3u) << rule.name;
        bool refuses = rule.verdict == Verdict::kErrno || rule.verdict == Verdict::kRefuse;
        EXPECT_EQ(refuses, rule.error > 0) << rule.name;
      }
}

TEST(SyscallPolicy, SupervisorsCallsAreFewAndNoneMakesAProcessOrOpensAFile) {
  std::string error;
  std::vector<sock_filter> program =
      CompileSyscallPolicy(SupervisorSyscalls(kNative), Default::kErrno, &error);
  int allowed = 0;
  for (int number = 0; number < kFirstUnnamedSyscall; ++number)
    if (Call(program, number) == SECCOMP_RET_ALLOW) ++allowed;
  EXPECT_EQ(allowed, 7) << "and two commands of ioctl";
  for (const char* name : {"open", "openat", "clone", "fork", "execve", "ptrace", "mmap"})
    EXPECT_EQ(Call(program, Number(name)), Errno(EPERM)) << name;
}

}  // namespace
}  // namespace carrel::child
