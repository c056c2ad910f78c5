#include "service/model/resource_name.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/model/errors.h"

namespace carrel {
namespace {

// Removes "prefix{id}" from the front of `name`; the id ends at a slash or the end.
bool ConsumeId(absl::string_view prefix, absl::string_view* name, std::string* id) {
  if (!absl::ConsumePrefix(name, prefix)) return false;
  absl::string_view text = name->substr(0, name->find('/'));
  if (!IsResourceId(text)) return false;
  *id = std::string(text);
  name->remove_prefix(text.size());
  return true;
}

// True for "{number}.{extension}", the ids that displayed_images.cc makes.
bool IsImageId(absl::string_view id) {
  size_t dot = id.find('.');
  if (dot == 0 || dot == absl::string_view::npos || dot > 6) return false;
  absl::string_view extension = id.substr(dot + 1);
  if (extension.empty() || extension.size() > 8) return false;
  for (char c : id.substr(0, dot))
    if (!absl::ascii_isdigit(c)) return false;
  for (char c : extension)
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c)) return false;
  return true;
}

}  // namespace

std::string SessionNameOf(absl::string_view session) { return absl::StrCat("sessions/", session); }

std::string ExecutionNameOf(absl::string_view session, absl::string_view execution) {
  return absl::StrCat("sessions/", session, "/executions/", execution);
}

std::string FileNameOf(absl::string_view session, absl::string_view path) {
  return absl::StrCat("sessions/", session, "/files/", path);
}

std::string ImageNameOf(absl::string_view session, absl::string_view execution,
                        absl::string_view image) {
  return absl::StrCat("sessions/", session, "/executions/", execution, "/images/", image);
}

std::string ToString(const FileName& name) {
  if (name.path) return FileNameOf(name.session, name.path->str());
  return ImageNameOf(name.session, name.execution, name.image);
}

absl::StatusOr<std::string> ParseSessionName(absl::string_view field, absl::string_view name) {
  std::string id;
  if (!ConsumeId("sessions/", &name, &id) || !name.empty())
    return InvalidField(field, "must be sessions/{session}");
  return id;
}

absl::StatusOr<ExecutionName> ParseExecutionName(absl::string_view field, absl::string_view name) {
  ExecutionName result;
  if (!ConsumeId("sessions/", &name, &result.session) ||
      !ConsumeId("/executions/", &name, &result.execution) || !name.empty())
    return InvalidField(field, "must be sessions/{session}/executions/{execution}");
  return result;
}

absl::StatusOr<FileName> ParseFileName(absl::string_view field, absl::string_view name) {
  FileName result;
  if (ConsumeId("sessions/", &name, &result.session)) {
    if (absl::ConsumePrefix(&name, "/files/")) {
      absl::StatusOr<WorkspacePath> path = WorkspacePath::Parse(name);
      if (!path.ok())
        return InvalidField(field, absl::StrCat("has a bad path: ", path.status().message()));
      result.path = *std::move(path);
      return result;
    }
    if (ConsumeId("/executions/", &name, &result.execution) &&
        absl::ConsumePrefix(&name, "/images/") && IsImageId(name)) {
      result.image = std::string(name);
      return result;
    }
  }
  return InvalidField(field,
                      "must be sessions/{session}/files/{path} or "
                      "sessions/{session}/executions/{execution}/images/{image}");
}

absl::StatusOr<FileName> ParseWorkspaceFileName(absl::string_view field, absl::string_view name) {
  absl::StatusOr<FileName> result = ParseFileName(field, name);
  if (!result.ok() || result->path) return result;
  return InvalidField(field, "must be sessions/{session}/files/{path}");
}

}  // namespace carrel
