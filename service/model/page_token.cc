#include "service/model/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "sandbox/files/path_name.h"
#include "sandbox/files/sha256.h"
#include "service/model/errors.h"

namespace carrel {
namespace {

constexpr size_t kSecondStageSize = 8;

std::string SecondStageOf(absl::string_view question) {
  return Sha256Hex(question).substr(0, kSecondStageSize);
}

}  // namespace

std::string MakePageToken(absl::string_view position, absl::string_view question) {
  return absl::WebSafeBase64Escape(absl::StrCat(SecondStageOf(question), position));
}

absl::StatusOr<std::string> ReadPageToken(absl::string_view token, absl::string_view question) {
  if (token.empty()) return std::string();
  std::string text;
  if (token.size() > 4096 || !absl::WebSafeBase64Unescape(token, &text) ||
      text.size() <= kSecondStageSize || !IsValidUtf8(text))
    return InvalidField("page_token", "is not one that this server has made");
  if (absl::string_view(text).substr(0, kSecondStageSize) != SecondStageOf(question))
    return InvalidField("page_token", "was made for another list or filter");
  return text.substr(kSecondStageSize);
}

absl::StatusOr<int> EffectivePageSize(int32_t page_size) {
  if (page_size < 0) return InvalidField("page_size", "is negative");
  return page_size == 0 ? 100 : std::min(page_size, 1000);
}

}  // namespace carrel
