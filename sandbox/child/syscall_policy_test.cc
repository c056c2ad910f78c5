// Evaluates the compiled filter, instruction by instruction, over every system
// call number and architecture, against the table.
#include "sandbox/child/syscall_policy.h"

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

#include "sandbox/child/supervisor.h"

namespace carrel::child {
namespace {

// A classic BPF machine, as far as seccomp allows it (Documentation/networking/
// filter.rst of the kernel). Slow and plain: the oracle's other half.
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

std::vector<sock_filter> Program() {
  std::string error;
  std::vector<sock_filter> program = CompileSyscallPolicy(SyscallPolicy(), &error);
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

bool Holds(const ArgumentTest& test, const seccomp_data& data) {
  return test.index < 0 || (data.args[test.index] & test.mask) == test.expected;
}

// What the table says of a call, read row by row.
uint32_t Oracle(const std::multimap<int, const SyscallRule*>& rows, const seccomp_data& data) {
  auto [begin, end] = rows.equal_range(data.nr);
  for (auto row = begin; row != end; ++row) {
    const SyscallRule& rule = *row->second;
    if (!Holds(rule.first, data) || !Holds(rule.second, data)) continue;
    if (rule.verdict == Verdict::kAllow) return SECCOMP_RET_ALLOW;
    if (rule.verdict == Verdict::kKill) return SECCOMP_RET_KILL_PROCESS;
    return Errno(rule.error);
  }
  if (data.nr >= kFirstUnnamedSyscall && data.nr <= kLastProbedSyscall) return Errno(ENOSYS);
  return Errno(kDefaultErrno);
}

std::multimap<int, const SyscallRule*> RowsByNumber() {
  std::multimap<int, const SyscallRule*> rows;
  for (const SyscallRule& rule : SyscallPolicy())
    if (int number = Number(rule.name); number >= 0) rows.emplace(number, &rule);
  return rows;
}

TEST(SyscallPolicy, CompiledFilterAgreesWithTheTableOnEveryNumber) {
  std::vector<sock_filter> program = Program();
  auto rows = RowsByNumber();
  // Values that rules look at, their neighbours, and the same with high bits set.
  std::set<uint64_t> values = {0, 1, 2, 5, 10, 16, 0xf, ~0ULL, 0xffffffff, 1ULL << 32, 0x80000000};
  for (const SyscallRule& rule : SyscallPolicy())
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

TEST(SyscallPolicy, SecondAbisAreKilledWhateverTheNumber) {
  std::vector<sock_filter> program = Program();
  for (int number = 0; number < 1024; ++number) {
    for (uint32_t arch : std::vector<uint32_t>{AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0}) {
      ASSERT_EQ(Call(program, number, {}, arch), SECCOMP_RET_KILL_PROCESS) << number;
    }
    // x32: the same architecture, another number space.
    ASSERT_EQ(Call(program, number | 0x40000000), SECCOMP_RET_KILL_PROCESS) << number;
  }
}

TEST(SyscallPolicy, NoRefusalLooksLikeSuccess) {
  std::vector<sock_filter> program = Program();
  for (int number = 0; number < 2048; ++number) {
    uint32_t answer = Call(program, number, {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL});
    EXPECT_TRUE(answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_KILL_PROCESS ||
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
    EXPECT_EQ(Call(program, clone, {flag | CLONE_VM | SIGCHLD}), Errno(EPERM)) << flag;
  EXPECT_EQ(Call(program, Number("clone3")), Errno(ENOSYS));
  EXPECT_EQ(Call(program, Number("unshare"), {CLONE_NEWUSER}), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("setns")), SECCOMP_RET_KILL_PROCESS);
}

TEST(SyscallPolicy, OnlyStreamSocketPairsAreToBeHad) {
  std::vector<sock_filter> program = Program();
  int pair = Number("socketpair");
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_SEQPACKET}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Call(program, pair, {AF_UNIX, SOCK_DGRAM}), Errno(EPERM));
  EXPECT_EQ(Call(program, pair, {AF_INET, SOCK_STREAM}), Errno(EPERM));
  for (int family = 0; family < 64; ++family)
    EXPECT_EQ(Call(program, Number("socket"), {static_cast<uint64_t>(family), SOCK_STREAM}),
              Errno(EACCES));
  EXPECT_EQ(Call(program, Number("sendto"), {3, 0, 0, 0, 0x7fff0000}), Errno(EPERM));
  for (const char* name : {"bind", "connect", "listen", "accept", "accept4", "setsockopt"})
    EXPECT_EQ(Call(program, Number(name)), Errno(EPERM)) << name;
}

TEST(SyscallPolicy, TerminalInjectionAndSecondFiltersAreRefused) {
  std::vector<sock_filter> program = Program();
  EXPECT_EQ(Call(program, Number("ioctl"), {0, 0x5412 /* TIOCSTI */}), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("ioctl"), {0, 0x541c /* TIOCLINUX */}), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("ioctl"), {0, (1ULL << 32) | 0x5412}), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("seccomp")), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("prctl"), {22 /* PR_SET_SECCOMP */}), Errno(EPERM));
  EXPECT_EQ(Call(program, Number("personality"), {0x0400000 /* READ_IMPLIES_EXEC */}),
            Errno(EPERM));
}

TEST(SyscallPolicy, EveryRowHasAKnownNameAndAReason) {
  for (const std::vector<SyscallRule>* table : {&SyscallPolicy(), &SupervisorSyscalls()})
    for (const SyscallRule& rule : *table) {
      EXPECT_NE(Number(rule.name), __NR_SCMP_ERROR) << rule.name;
      EXPECT_GT(strlen(rule.reason), 3u) << rule.name;
      EXPECT_EQ(rule.verdict == Verdict::kErrno, rule.error > 0) << rule.name;
    }
}

TEST(SyscallPolicy, SupervisorsCallsAreFewAndNoneMakesAProcessOrOpensAFile) {
  std::string error;
  std::vector<sock_filter> program = CompileSyscallPolicy(SupervisorSyscalls(), &error);
  int allowed = 0;
  for (int number = 0; number < kFirstUnnamedSyscall; ++number)
    if (Call(program, number) == SECCOMP_RET_ALLOW) ++allowed;
  EXPECT_EQ(allowed, 8);
  for (const char* name : {"open", "openat", "clone", "fork", "execve", "ptrace", "mmap"})
    EXPECT_EQ(Call(program, Number(name)), Errno(EPERM)) << name;
}

}  // namespace
}  // namespace carrel::child
