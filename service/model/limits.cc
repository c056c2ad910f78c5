#include "service/model/limits.h"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/model/errors.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

// Returns the integer fields, by reflection: so every rule about them is written once, and holds
// for fields that are added later.
const std::vector<const FieldDescriptor*>& IntegerFields() {
  static const auto& all = *new auto([] {
    std::vector<const FieldDescriptor*> fields;
    const auto* descriptor = v1::Limits::descriptor();
    for (int i = 0; i < descriptor->field_count(); ++i)
      if (descriptor->field(i)->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
        fields.push_back(descriptor->field(i));
    return fields;
  }());
  return all;
}

int64_t Get(const v1::Limits& limits, const FieldDescriptor* field) {
  const auto* reflection = limits.GetReflection();
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? reflection->GetInt32(limits, field)
                                                             : reflection->GetInt64(limits, field);
}

void Set(v1::Limits* limits, const FieldDescriptor* field, int64_t value) {
  const auto* reflection = limits->GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection->SetInt32(limits, field, static_cast<int32_t>(value));
  } else {
    reflection->SetInt64(limits, field, value);
  }
}

// True if no limit is set, the usual case: reflection takes 10 us of a warm CreateSession (a tenth
// of a bare call).
bool IsDefault(const v1::Limits& limits) { return limits.ByteSizeLong() == 0; }

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

v1::Limits UnboundedLimits() {
  v1::Limits limits;
  *limits.mutable_execution_timeout() = ToProto(absl::Hours(24 * 365));
  for (const FieldDescriptor* field : IntegerFields()) {
    Set(&limits, field,
        field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? INT32_MAX : INT64_MAX);
  }
  return limits;
}

absl::Status CheckLimits(absl::string_view prefix, const v1::Limits& limits,
                         const v1::Limits& max) {
  if (IsDefault(limits)) return absl::OkStatus();
  if (limits.has_execution_timeout()) {
    absl::StatusOr<absl::Duration> timeout =
        ParseDuration(absl::StrCat(prefix, ".execution_timeout"), limits.execution_timeout(),
                      FromProto(max.execution_timeout()));
    if (!timeout.ok()) return timeout.status();
  }
  if (limits.has_execution_cpu_time()) {
    absl::StatusOr<absl::Duration> time = ParseDuration(
        absl::StrCat(prefix, ".execution_cpu_time"), limits.execution_cpu_time(),
        max.has_execution_cpu_time() ? FromProto(max.execution_cpu_time()) : absl::Hours(24 * 365));
    if (!time.ok()) return time.status();
    if (*time == absl::ZeroDuration())
      return InvalidField(absl::StrCat(prefix, ".execution_cpu_time"), "must be positive");
  }
  for (const FieldDescriptor* field : IntegerFields()) {
    int64_t value = Get(limits, field);
    if (value < 0) return InvalidField(absl::StrCat(prefix, ".", field->name()), "is negative");
    if (value > Get(max, field)) {
      return InvalidField(absl::StrCat(prefix, ".", field->name()),
                          absl::StrCat("is over the server's maximum of ", Get(max, field)));
    }
  }
  return absl::OkStatus();
}

v1::Limits WithFallback(const v1::Limits& limits, const v1::Limits& fallback) {
  if (IsDefault(limits)) return fallback;
  v1::Limits result = limits;
  if (FromProto(limits.execution_timeout()) == absl::ZeroDuration())
    *result.mutable_execution_timeout() = fallback.execution_timeout();
  if (!limits.has_execution_cpu_time() && fallback.has_execution_cpu_time())
    *result.mutable_execution_cpu_time() = fallback.execution_cpu_time();
  for (const FieldDescriptor* field : IntegerFields())
    if (Get(limits, field) == 0) Set(&result, field, Get(fallback, field));
  return result;
}

v1::Limits ClampedTo(const v1::Limits& limits, const v1::Limits& max) {
  v1::Limits result = limits;
  if (FromProto(limits.execution_timeout()) > FromProto(max.execution_timeout()))
    *result.mutable_execution_timeout() = max.execution_timeout();
  if (max.has_execution_cpu_time() &&
      (!result.has_execution_cpu_time() ||
       FromProto(result.execution_cpu_time()) > FromProto(max.execution_cpu_time())))
    *result.mutable_execution_cpu_time() = max.execution_cpu_time();
  for (const FieldDescriptor* field : IntegerFields())
    Set(&result, field, std::min(Get(limits, field), Get(max, field)));
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
  constexpr int64_t kMaxSeconds = 315'576'000'000;  // The range of duration.proto.
  const bool mixed_signs =
      (proto.seconds() > 0 && proto.nanos() < 0) || (proto.seconds() < 0 && proto.nanos() > 0);
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
