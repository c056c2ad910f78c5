// The names of resources: sessions, executions, files, displayed images.
#ifndef CARREL_SERVICE_MODEL_RESOURCE_NAME_H_
#define CARREL_SERVICE_MODEL_RESOURCE_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sandbox/files/path_name.h"

namespace carrel {

// sessions/{session}/executions/{execution}
struct ExecutionName {
  std::string session;
  std::string execution;
};

// A file of the workspace, or a displayed image. Exactly one of `path` and
// `image` is set.
struct FileName {
  std::string session;
  absl::optional<WorkspacePath> path;
  // Set together with `image`.
  std::string execution;
  std::string image;
};

std::string SessionNameOf(absl::string_view session);
std::string ExecutionNameOf(absl::string_view session, absl::string_view execution);
std::string FileNameOf(absl::string_view session, absl::string_view path);
std::string ImageNameOf(absl::string_view session, absl::string_view execution,
                        absl::string_view image);
// Returns the name that was parsed.
std::string ToString(const FileName& name);

// The parsers return INVALID_ARGUMENT naming `field`. The result is the id in a well-formed name.
absl::StatusOr<std::string> ParseSessionName(absl::string_view field, absl::string_view name);
absl::StatusOr<ExecutionName> ParseExecutionName(absl::string_view field, absl::string_view name);
absl::StatusOr<FileName> ParseFileName(absl::string_view field, absl::string_view name);
// Requires a file of the workspace: images cannot be written.
absl::StatusOr<FileName> ParseWorkspaceFileName(absl::string_view field, absl::string_view name);

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_RESOURCE_NAME_H_
