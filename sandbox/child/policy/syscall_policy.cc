#include "sandbox/child/policy/syscall_policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <utility>

namespace carrel::child {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

uint32_t Action(const SyscallRule& rule) {
  switch (rule.verdict) {
    case Verdict::kAllow:
      return SCMP_ACT_ALLOW;
    case Verdict::kErrno:
      return SCMP_ACT_ERRNO(static_cast<uint32_t>(rule.error));
    case Verdict::kIgnore:
      return SCMP_ACT_ERRNO(0);
    case Verdict::kRefuse:
    case Verdict::kCount:
      return SCMP_ACT_NOTIFY;
    case Verdict::kKill:
      return SCMP_ACT_KILL_PROCESS;
  }
  return SCMP_ACT_KILL_PROCESS;
}

uint32_t Action(Default unnamed) {
  switch (unnamed) {
    case Default::kErrno:
      return SCMP_ACT_ERRNO(kDefaultErrno);
    case Default::kRefuse:
      return SCMP_ACT_NOTIFY;
    case Default::kAllow:
      return SCMP_ACT_ALLOW;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_arg_cmp Compare(const ArgumentTest& test) {
  scmp_arg_cmp compare{};
  compare.arg = static_cast<uint8_t>(test.index);
  compare.op = SCMP_CMP_MASKED_EQ;
  compare.datum_a = test.mask;
  compare.datum_b = test.expected;
  return compare;
}

// Returns 0 or a negative errno.
int AddRule(scmp_filter_ctx context, const SyscallRule& rule) {
  int number = seccomp_syscall_resolve_name(rule.name.c_str());
  if (number == __NR_SCMP_ERROR) return -ENOENT;  // This is a typing error in the table.
  if (number < 0) return 0;                       // This architecture lacks the call.
  bool refuses = rule.verdict == Verdict::kErrno || rule.verdict == Verdict::kRefuse;
  if (refuses && rule.error <= 0) return -EINVAL;  // The refusal would look like success.
  scmp_arg_cmp compares[2];
  unsigned count = 0;
  for (const ArgumentTest* test : {&rule.first, &rule.second})
    if (test->index >= 0) compares[count++] = Compare(*test);
  return seccomp_rule_add_array(context, Action(rule), number, count, compares);
}

int AddRules(scmp_filter_ctx context, const std::vector<SyscallRule>& table, Default unnamed,
             std::string* culprit) {
  for (const SyscallRule& rule : table) {
    // libseccomp accepts no rule with the same action as the default.
    if (unnamed == Default::kRefuse && Action(rule) == SCMP_ACT_NOTIFY) continue;
    if (int rc = AddRule(context, rule); rc != 0) {
      *culprit = rule.name;
      return rc;
    }
  }
  for (int number = kFirstUnnamedSyscall; number <= kLastProbedSyscall; ++number) {
    int rc = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(ENOSYS), number, 0, nullptr);
    if (rc != 0) {
      *culprit = std::to_string(number);
      return rc;
    }
  }
  return 0;
}

// Exports to a memfd, because libseccomp 2.5 exports to descriptors only.
std::vector<sock_filter> Export(scmp_filter_ctx context) {
  int fd = memfd_create("seccomp", MFD_CLOEXEC);
  if (fd < 0) return {};
  std::vector<sock_filter> program;
  if (seccomp_export_bpf(context, fd) == 0) {
    off_t size = lseek(fd, 0, SEEK_END);
    program.resize(static_cast<size_t>(size) / sizeof(sock_filter));
    if (pread(fd, program.data(), static_cast<size_t>(size), 0) != size) program.clear();
  }
  close(fd);
  return program;
}

}  // namespace

std::vector<SyscallRule> ExpandRows(const std::vector<SyscallRule>& rows,
                                    const PolicyTraits& traits) {
  std::vector<SyscallRule> table;
  for (const SyscallRule& row : rows) {
    if (!traits.Includes(row.where)) continue;
    std::istringstream names(row.name);
    for (std::string name; names >> name;) {
      table.push_back(row);
      table.back().name = std::move(name);
    }
  }
  return table;
}

std::vector<sock_filter> CompileSyscallPolicy(const std::vector<SyscallRule>& table,
                                              Default unnamed, std::string* error) {
  Context context(seccomp_init(Action(unnamed)), &seccomp_release);
  if (context == nullptr) {
    *error = "seccomp_init failed";
    return {};
  }
  // A binary tree makes every call cost about log2(number of rows) comparisons.
  int rc = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (rc == 0) rc = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  std::string culprit = "attributes";
  if (rc == 0) rc = AddRules(context.get(), table, unnamed, &culprit);
  if (rc != 0) {
    *error = "seccomp rule for " + culprit + ": " + strerror(-rc);
    return {};
  }
  std::vector<sock_filter> program = Export(context.get());
  if (program.empty()) *error = "seccomp_export_bpf failed";
  return program;
}

std::vector<NotificationRow> NotificationRows(const std::vector<SyscallRule>& table) {
  std::vector<NotificationRow> rows;
  for (const SyscallRule& rule : table)
    if (rule.verdict == Verdict::kRefuse || rule.verdict == Verdict::kCount)
      rows.push_back({seccomp_syscall_resolve_name(rule.name.c_str()),
                      rule.verdict == Verdict::kCount, rule.error, rule.first, rule.second});
  return rows;
}

}  // namespace carrel::child
