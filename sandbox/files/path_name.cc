#include "sandbox/files/path_name.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"

namespace carrel {
namespace {

// The code point that starts at text[0], and its length in bytes; length 0 if malformed.
struct Decoded {
  uint32_t code_point = 0;
  size_t length = 0;
};

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

Decoded DecodeUtf8(absl::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  size_t length = 0;
  uint32_t smallest = 0;  // A smaller code point is an overlong form.
  uint32_t code_point = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, smallest = 0x80, code_point = lead & 0x1Fu;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, smallest = 0x800, code_point = lead & 0x0Fu;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, smallest = 0x10000, code_point = lead & 0x07u;
  } else {
    return {};
  }
  if (text.size() < length) return {};
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(byte(i))) return {};
    code_point = (code_point << 6) | (byte(i) & 0x3Fu);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, length};
}

bool IsControl(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

// Returns the flaw of `text`; null if it is UTF-8 without control characters.
const char* FlawOfText(absl::string_view text) {
  while (!text.empty()) {
    const Decoded decoded = DecodeUtf8(text);
    if (decoded.length == 0) return "is not valid UTF-8";
    if (IsControl(decoded.code_point)) return "contains a control character";
    text.remove_prefix(decoded.length);
  }
  return nullptr;
}

// Returns the flaw of a path with this component; null if `name` can be one.
const char* FlawOfComponent(absl::string_view name) {
  if (name.empty()) return "has an empty component";
  if (name == "." || name == "..") return "has a component \".\" or \"..\"";
  if (name.size() > WorkspacePath::kMaxComponentBytes) {
    return "has a component longer than 255 bytes";
  }
  return nullptr;
}

const char* FlawOfPath(absl::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > WorkspacePath::kMaxBytes) return "is longer than 1024 bytes";
  if (text.front() == '/') return "is absolute";
  if (text.back() == '/') return "ends with a slash";
  if (const char* flaw = FlawOfText(text)) return flaw;
  size_t depth = 0;
  for (absl::string_view component : absl::StrSplit(text, '/')) {
    if (const char* flaw = FlawOfComponent(component)) return flaw;
    if (++depth > WorkspacePath::kMaxDepth) return "is deeper than 32 components";
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<WorkspacePath> WorkspacePath::Parse(absl::string_view text) {
  if (const char* flaw = FlawOfPath(text)) {
    return absl::InvalidArgumentError(std::string("the path ") + flaw);
  }
  return WorkspacePath(text);
}

std::vector<absl::string_view> WorkspacePath::Components() const {
  return absl::StrSplit(text_, '/');
}

size_t WorkspacePath::depth() const {
  return 1 + static_cast<size_t>(std::count(text_.begin(), text_.end(), '/'));
}

absl::string_view WorkspacePath::Basename() const {
  absl::string_view text = text_;
  const size_t slash = text.rfind('/');
  return slash == absl::string_view::npos ? text : text.substr(slash + 1);
}

absl::optional<WorkspacePath> WorkspacePath::Parent() const {
  const size_t slash = text_.rfind('/');
  if (slash == std::string::npos) return absl::nullopt;
  return WorkspacePath(absl::string_view(text_).substr(0, slash));
}

bool IsPathComponent(absl::string_view name) {
  return FlawOfComponent(name) == nullptr && FlawOfText(name) == nullptr &&
         name.find('/') == absl::string_view::npos;
}

bool IsResourceId(absl::string_view id) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (id.empty() || id.size() > 63) return false;
  if (!is_alphanumeric(id.front()) || !is_alphanumeric(id.back())) return false;
  return std::all_of(id.begin(), id.end(), [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool IsValidUtf8(absl::string_view text) {
  while (!text.empty()) {
    const Decoded decoded = DecodeUtf8(text);
    if (decoded.length == 0) return false;
    text.remove_prefix(decoded.length);
  }
  return true;
}

}  // namespace carrel
