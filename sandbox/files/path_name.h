// Names that come from callers, validated once, where they enter.
#ifndef CARREL_SANDBOX_FILES_PATH_NAME_H_
#define CARREL_SANDBOX_FILES_PATH_NAME_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace carrel {

// The path of a file or directory, relative to its workspace. Only a valid one can be constructed:
// UTF-8 of 1 to 1024 bytes, of 1 to 32 components of 1 to 255 bytes; no component is "." or "..";
// there is no leading, trailing or double slash, no NUL and no other control character
// (U+0000-001F, U+007F-009F).
//
// A path does not promise anything about the file that it leads to: the workspace's owner can put a
// symlink there at any time. Only beneath.h may resolve one. Immutable, so safe to share between
// threads; a moved-from one may only be assigned or destroyed.
class WorkspacePath {
 public:
  static constexpr size_t kMaxBytes = 1024;
  static constexpr size_t kMaxComponentBytes = 255;
  static constexpr size_t kMaxDepth = 32;

  // Returns InvalidArgument with a phrase about the error, which never quotes `text`.
  static absl::StatusOr<WorkspacePath> Parse(absl::string_view text);

  const std::string& str() const { return text_; }
  // Returns at least one component; the views point into this object.
  std::vector<absl::string_view> Components() const;
  size_t depth() const;
  // The last component.
  absl::string_view Basename() const;
  // The directory that holds it; none if that is the workspace itself.
  absl::optional<WorkspacePath> Parent() const;

  friend bool operator==(const WorkspacePath& a, const WorkspacePath& b) {
    return a.text_ == b.text_;
  }
  friend bool operator!=(const WorkspacePath& a, const WorkspacePath& b) { return !(a == b); }
  // Orders byte by byte, like listings.
  friend bool operator<(const WorkspacePath& a, const WorkspacePath& b) {
    return a.text_ < b.text_;
  }
  template <typename H>
  friend H AbslHashValue(H h, const WorkspacePath& path) {
    return H::combine(std::move(h), path.text_);
  }

 private:
  explicit WorkspacePath(absl::string_view text) : text_(text) {}
  std::string text_;
};

// Returns true if `name` may be one component of a WorkspacePath.
bool IsPathComponent(absl::string_view name);

// Returns true for an id that may be part of a resource name: [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
bool IsResourceId(absl::string_view id);

// Returns true if `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above
// U+10FFFF.
bool IsValidUtf8(absl::string_view text);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_PATH_NAME_H_
