// Names that callers choose, and guest bytes that become text. They are parsed, never
// opened. Input: the name.
#include <google/protobuf/stubs/common.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/files/mime_type.h"
#include "sandbox/files/path_name.h"
#include "service/model/resource_name.h"
#include "service/model/utf8.h"
#include "tests/fuzz/fuzz_input.h"

namespace carrel {
namespace {

// A second opinion: a string field does not parse unless it is UTF-8.
bool ProtobufTakesForUtf8(absl::string_view text) {
  v1::GetSessionRequest request;
  std::string bytes("\x0A");  // The field has number 1 and a length.
  for (size_t left = text.size(); left > 0 || bytes.size() == 1; left >>= 7) {
    bytes.push_back(static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0)));
    if (left <= 0x7F) break;
  }
  absl::StrAppend(&bytes, text);
  google::protobuf::LogSilencer silence;
  return request.ParseFromString(bytes) && request.name() == text;
}

void CheckComponent(absl::string_view component) {
  FUZZ_CHECK(IsPathComponent(component));
  FUZZ_CHECK(!component.empty() && component.size() <= WorkspacePath::kMaxComponentBytes);
  FUZZ_CHECK(component != "." && component != "..");
  FUZZ_CHECK(!absl::StrContains(component, '/') && !absl::StrContains(component, '\0'));
  for (char c : component) FUZZ_CHECK(static_cast<uint8_t>(c) >= 0x20 && c != 0x7F);
}

void CheckPath(const WorkspacePath& path, absl::string_view text) {
  FUZZ_CHECK(path.str() == text);
  FUZZ_CHECK(!text.empty() && text.size() <= WorkspacePath::kMaxBytes);
  FUZZ_CHECK(text.front() != '/' && text.back() != '/');
  FUZZ_CHECK(IsValidUtf8(text));
  const std::vector<absl::string_view> components = path.Components();
  FUZZ_CHECK(!components.empty() && components.size() <= WorkspacePath::kMaxDepth);
  FUZZ_CHECK(components.size() == path.depth());
  FUZZ_CHECK(components.back() == path.Basename());
  FUZZ_CHECK(absl::StrJoin(components, "/") == text);
  for (absl::string_view component : components) CheckComponent(component);
  FUZZ_CHECK(path.Parent().has_value() == (path.depth() > 1));
  if (absl::optional<WorkspacePath> parent = path.Parent()) {
    FUZZ_CHECK(absl::StrCat(parent->str(), "/", path.Basename()) == text);
    FUZZ_CHECK(WorkspacePath::Parse(parent->str()).ok());
  }
  FUZZ_CHECK(!MimeTypeOfPath(text).empty());
}

// A path was refused for a reason, and the reason quotes none of it.
void CheckRefusal(const absl::Status& status) {
  FUZZ_CHECK(absl::IsInvalidArgument(status));
  FUZZ_CHECK(absl::StartsWith(status.message(), "the path "));
  FUZZ_CHECK(status.message().size() < 64);
}

void CheckResourceNames(absl::string_view text) {
  if (auto id = ParseSessionName("name", text); id.ok()) {
    FUZZ_CHECK(IsResourceId(*id) && SessionNameOf(*id) == text);
  }
  if (auto name = ParseExecutionName("name", text); name.ok()) {
    FUZZ_CHECK(IsResourceId(name->session) && IsResourceId(name->execution));
    FUZZ_CHECK(ExecutionNameOf(name->session, name->execution) == text);
  }
  auto file = ParseFileName("name", text);
  FUZZ_CHECK(ParseWorkspaceFileName("name", text).ok() == (file.ok() && file->path.has_value()));
  if (!file.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(file.status()));
    return;
  }
  FUZZ_CHECK(ToString(*file) == text);
  FUZZ_CHECK(IsResourceId(file->session));
  FUZZ_CHECK(file->path.has_value() == file->image.empty());
  if (file->path) {
    CheckPath(*file->path, file->path->str());
  } else {
    CheckComponent(file->image);
    FUZZ_CHECK(IsResourceId(file->execution));
  }
}

void CheckText(absl::string_view text) {
  FUZZ_CHECK(IsValidUtf8(text) == ProtobufTakesForUtf8(text));
  for (size_t most : {size_t{0}, size_t{1}, text.size() / 2, text.size(), text.size() * 3}) {
    const std::string clean = SanitizeUtf8(text, most);
    FUZZ_CHECK(clean.size() <= most && IsValidUtf8(clean));
    if (IsValidUtf8(text)) FUZZ_CHECK(absl::StartsWith(text, clean));
  }
  if (IsValidUtf8(text)) FUZZ_CHECK(SanitizeUtf8(text, text.size()) == text);
}

}  // namespace
}  // namespace carrel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = carrel::fuzz::FuzzInput(data, size).TakeRest();
  if (auto path = carrel::WorkspacePath::Parse(text); path.ok()) {
    carrel::CheckPath(*path, text);
  } else {
    carrel::CheckRefusal(path.status());
  }
  if (carrel::IsPathComponent(text)) carrel::CheckComponent(text);
  if (carrel::IsResourceId(text)) {
    FUZZ_CHECK(text.size() <= 63 && carrel::IsPathComponent(text));
    FUZZ_CHECK(carrel::ParseSessionName("name", carrel::SessionNameOf(text)).ok());
  }
  carrel::CheckResourceNames(text);
  carrel::CheckText(text);
  return 0;
}
