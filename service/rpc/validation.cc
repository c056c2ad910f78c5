#include "service/rpc/validation.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/path_name.h"
#include "service/model/errors.h"
#include "service/model/limits.h"

namespace carrel {
namespace {

constexpr int kMaxLabels = 64;
constexpr int kMaxVariables = 64;
constexpr size_t kMaxVariableBytes = 32 << 10;
constexpr absl::Duration kMaxIdleTimeout = absl::Hours(24 * 7);

constexpr absl::string_view kUpdatablePaths[] = {"labels", "idle_timeout",
                                                 "limits.execution_timeout", "limits.output_bytes",
                                                 "limits.display_bytes"};

bool IsVariableName(absl::string_view name) {
  if (name.empty() || name.size() > 255 || absl::ascii_isdigit(name[0])) return false;
  return absl::c_all_of(name, [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// True for variables by which a caller could change what the interpreter loads or where its home
// is.
bool IsReservedVariable(absl::string_view name) {
  return name == "HOME" || absl::StartsWith(name, "LD_") || absl::StartsWith(name, "PYTHON");
}

}  // namespace

absl::Status CheckChosenId(absl::string_view field, absl::string_view id) {
  if (id.empty() || IsResourceId(id)) return absl::OkStatus();
  return InvalidField(field, "must match [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
}

absl::Status CheckLabels(absl::string_view field, const Labels& labels) {
  if (labels.size() > kMaxLabels)
    return InvalidField(field, absl::StrCat("has more than ", kMaxLabels, " entries"));
  for (const auto& [key, value] : labels) {
    if (!IsLabelKey(key))
      return InvalidField(field, "has a key that is not [a-z]([a-z0-9_-]*) of at most 63 bytes");
    if (value.size() > kMaxLabelBytes)
      return InvalidField(absl::StrCat(field, ".", key), "is longer than 63 bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<Environment> ParseEnvironment(
    absl::string_view field, const google::protobuf::Map<std::string, std::string>& variables) {
  if (variables.size() > kMaxVariables)
    return InvalidField(field, absl::StrCat("has more than ", kMaxVariables, " entries"));
  Environment result;
  size_t total = 0;
  for (const auto& [name, value] : variables) {
    if (!IsVariableName(name))
      return InvalidField(field, "has a name that is not [A-Za-z_][A-Za-z0-9_]*");
    const std::string path = absl::StrCat(field, ".", name);
    if (IsReservedVariable(name))
      return InvalidField(path, "may not be set (HOME, LD_* and PYTHON* are the image's)");
    if (absl::StrContains(value, '\0')) return InvalidField(path, "contains a NUL");
    total += name.size() + value.size();
    result.emplace_back(name, value);
  }
  if (total > kMaxVariableBytes) return InvalidField(field, "is longer than 32 KiB in all");
  absl::c_sort(result);
  return result;
}

absl::Status CheckCode(absl::string_view code, int64_t max_bytes) {
  if (static_cast<int64_t>(code.size()) > max_bytes)
    return InvalidField("code", absl::StrCat("is longer than ", max_bytes, " bytes"));
  if (!IsValidUtf8(code)) return InvalidField("code", "is not valid UTF-8");
  if (absl::StrContains(code, '\0')) return InvalidField("code", "contains a NUL");
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> ParseIdleTimeout(const v1::Session& session,
                                                absl::Duration fallback) {
  absl::StatusOr<absl::Duration> timeout =
      ParseDuration("session.idle_timeout", session.idle_timeout(), kMaxIdleTimeout);
  if (!timeout.ok()) return timeout;
  return *timeout == absl::ZeroDuration() ? fallback : *timeout;
}

absl::StatusOr<std::vector<std::string>> ParseUpdateMask(const google::protobuf::FieldMask& mask) {
  if (mask.paths().empty()) return InvalidField("update_mask", "is empty");
  std::vector<std::string> paths;
  for (const std::string& path : mask.paths()) {
    if (!absl::c_linear_search(kUpdatablePaths, path)) {
      return InvalidField("update_mask",
                          "may name labels, idle_timeout, limits.execution_timeout, "
                          "limits.output_bytes and limits.display_bytes only");
    }
    paths.push_back(path);
  }
  return paths;
}

absl::Status CheckRange(int64_t offset_bytes, int64_t limit_bytes) {
  if (offset_bytes < 0) return InvalidField("offset_bytes", "is negative");
  if (limit_bytes < 0) return InvalidField("limit_bytes", "is negative");
  return absl::OkStatus();
}

absl::Status CheckWriteSpec(const v1::WriteFileSpec& spec) {
  if (spec.size_bytes() < 0) return InvalidField("spec.size_bytes", "is negative");
  if (spec.size_unknown() && spec.size_bytes() != 0)
    return InvalidField("spec.size_bytes", "is set although size_unknown is");
  const bool is_digest = spec.sha256().size() == 64 && absl::c_all_of(spec.sha256(), [](char c) {
                           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
                         });
  if (!spec.sha256().empty() && !is_digest)
    return InvalidField("spec.sha256", "is not 64 lower-case hexadecimal digits");
  return absl::OkStatus();
}

}  // namespace carrel
