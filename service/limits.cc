#include "service/limits.h"

#include <algorithm>
#include <cstdint>
#include <thread>

#include "absl/strings/str_cat.h"
#include "service/errors.h"
#include "service/time_proto.h"

namespace carrel {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

// The integer fields, so that every rule about them is written once.
struct IntegerLimit {
  absl::string_view name;
  int64_t (*get)(const v1::Limits&);
  void (*set)(v1::Limits*, int64_t);
};

#define CARREL_LIMIT(field)                                    \
  IntegerLimit {                                               \
    #field, [](const v1::Limits& l) { return static_cast<int64_t>(l.field()); }, \
        [](v1::Limits* l, int64_t value) { l->set_##field(value); }              \
  }

const IntegerLimit kIntegerLimits[] = {
    CARREL_LIMIT(memory_bytes),         CARREL_LIMIT(process_count),
    CARREL_LIMIT(cpu_count),            CARREL_LIMIT(workspace_bytes),
    CARREL_LIMIT(workspace_file_count), CARREL_LIMIT(temporary_bytes),
    CARREL_LIMIT(open_file_count),      CARREL_LIMIT(output_bytes),
    CARREL_LIMIT(display_bytes),
};

#undef CARREL_LIMIT

int64_t Cores() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace

v1::Limits DefaultMaxLimits() {
  v1::Limits limits;
  *limits.mutable_execution_timeout() = ToProto(absl::Hours(1));
  limits.set_memory_bytes(16 * kGiB);
  limits.set_process_count(1024);
  limits.set_cpu_count(static_cast<int32_t>(Cores()));
  limits.set_workspace_bytes(64 * kGiB);
  limits.set_workspace_file_count(1'000'000);
  limits.set_temporary_bytes(4 * kGiB);
  limits.set_open_file_count(4096);
  limits.set_output_bytes(16 * kMiB);
  limits.set_display_bytes(64 * kMiB);
  return limits;
}

v1::Limits DefaultSessionLimits() {
  v1::Limits limits;
  *limits.mutable_execution_timeout() = ToProto(absl::Minutes(2));
  limits.set_memory_bytes(2 * kGiB);
  limits.set_process_count(256);
  limits.set_cpu_count(static_cast<int32_t>(std::min<int64_t>(2, Cores())));
  limits.set_workspace_bytes(4 * kGiB);
  limits.set_workspace_file_count(20'000);
  limits.set_temporary_bytes(256 * kMiB);
  limits.set_open_file_count(1024);
  limits.set_output_bytes(kMiB);
  limits.set_display_bytes(16 * kMiB);
  return limits;
}

absl::Status CheckLimits(absl::string_view prefix, const v1::Limits& limits,
                         const v1::Limits& max) {
  if (limits.has_execution_timeout()) {
    absl::StatusOr<absl::Duration> timeout =
        ParseDuration(absl::StrCat(prefix, ".execution_timeout"), limits.execution_timeout(),
                      FromProto(max.execution_timeout()));
    if (!timeout.ok()) return timeout.status();
  }
  for (const IntegerLimit& limit : kIntegerLimits) {
    int64_t value = limit.get(limits);
    if (value < 0) return InvalidField(absl::StrCat(prefix, ".", limit.name), "is negative");
    if (value > limit.get(max)) {
      return InvalidField(absl::StrCat(prefix, ".", limit.name),
                          absl::StrCat("is over the server's maximum of ", limit.get(max)));
    }
  }
  return absl::OkStatus();
}

v1::Limits WithFallback(const v1::Limits& limits, const v1::Limits& fallback) {
  v1::Limits result = limits;
  if (FromProto(limits.execution_timeout()) == absl::ZeroDuration())
    *result.mutable_execution_timeout() = fallback.execution_timeout();
  for (const IntegerLimit& limit : kIntegerLimits)
    if (limit.get(limits) == 0) limit.set(&result, limit.get(fallback));
  return result;
}

v1::Limits ClampedTo(const v1::Limits& limits, const v1::Limits& max) {
  v1::Limits result = limits;
  if (FromProto(limits.execution_timeout()) > FromProto(max.execution_timeout()))
    *result.mutable_execution_timeout() = max.execution_timeout();
  for (const IntegerLimit& limit : kIntegerLimits)
    limit.set(&result, std::min(limit.get(limits), limit.get(max)));
  return result;
}

SandboxLimits ToSandboxLimits(const v1::Limits& limits) {
  SandboxLimits result;
  result.memory_bytes = limits.memory_bytes();
  result.process_count = limits.process_count();
  result.cpu_count = limits.cpu_count();
  result.workspace_bytes = limits.workspace_bytes();
  result.workspace_file_count = limits.workspace_file_count();
  result.temporary_bytes = limits.temporary_bytes();
  result.open_file_count = limits.open_file_count();
  return result;
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view field,
                                             const google::protobuf::Duration& proto,
                                             absl::Duration max) {
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // As duration.proto says.
  const bool mixed_signs = (proto.seconds() > 0 && proto.nanos() < 0) ||
                           (proto.seconds() < 0 && proto.nanos() > 0);
  if (proto.seconds() > kMaxSeconds || proto.seconds() < -kMaxSeconds ||
      proto.nanos() > 999'999'999 || proto.nanos() < -999'999'999 || mixed_signs)
    return InvalidField(field, "is not a well-formed duration");
  absl::Duration value = FromProto(proto);
  if (value < absl::ZeroDuration()) return InvalidField(field, "is negative");
  if (value > max)
    return InvalidField(field, absl::StrCat("is over the maximum of ", absl::FormatDuration(max)));
  return value;
}

}  // namespace carrel
